import { Coalesced } from '#eventing/coalesced.js';
import type { Connection } from './connection.js';
import { positionOf, type Record } from './events.js';
import { readFromLeader } from './reading.js';
import { readLogBackwards } from './requests.js';

const firstLook = 16;
const longerLook = 16;

/**
 * Gives the position of the last event of ours, 0 when there is none. The server has no filter for this, so the log is read
 * backwards, but never again below where an earlier look began.
 */
export const logHead = (connection: Connection, isOurs: (record: Record) => boolean): (() => Promise<bigint>) => {
  let last = 0n;
  let seenUpTo = 0n;

  /** What is found in so many events from the end, undefined when that is not enough. */
  const look = async (count: number): Promise<bigint | undefined> => {
    let newest: bigint | undefined;
    let seen = 0;
    const found = (position: bigint): bigint => {
      seenUpTo = newest ?? seenUpTo;
      last = position;
      return position;
    };
    for await (const record of readFromLeader(connection, () => readLogBackwards(count))) {
      const position = positionOf(record);
      newest ??= position;
      seen += 1;
      if (position <= seenUpTo) return found(last);
      if (isOurs(record)) return found(position);
    }
    return seen < count ? found(last) : undefined;
  };

  const lookBack = async (): Promise<bigint> => {
    for (let count = firstLook; ; count *= longerLook) {
      const position = await look(count);
      if (position !== undefined) return position;
    }
  };
  const looks = new Coalesced<bigint>();
  return () => looks.find('head', lookBack);
};
