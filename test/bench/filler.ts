import type { EventStore, NewEvent } from '#eventing/event-store.js';
import { randomId } from '#eventing/ids.js';
import { metadataOf } from '#eventing/metadata.js';
import { by, person } from './in-process.js';

const factsOfAppend = 100;

/** Facts of an account in which one member is given an application and it is taken again, and again. */
export const backAndForth = (accountId: string, facts: number): readonly NewEvent[] => {
  const [userId, applicationId] = [randomId('usr'), randomId('app')];
  let grantId = '';
  return Array.from({ length: facts }, (_, index) => {
    const isGiven = index % 2 === 0;
    if (isGiven) grantId = randomId('grt');
    const data = { accountId, grantId, userId, applicationId };
    const metadata = metadataOf(by(person(userId)), 1);
    return isGiven
      ? { id: randomId('evt'), type: 'AccessGranted', data: { ...data, origin: 'assigned' }, metadata }
      : { id: randomId('evt'), type: 'AccessRevoked', data: { ...data, cause: 'revoked' }, metadata };
  });
};

/** Appends believable facts of one account after another, straight to the log, until it has so many events. */
export const fillLog = async (log: EventStore, events: number): Promise<void> => {
  while ((await log.head()) < BigInt(events)) {
    const missing = Math.ceil((events - Number(await log.head())) / factsOfAppend);
    await Promise.all(
      Array.from({ length: Math.min(100, missing) }, () => {
        const accountId = randomId('acc');
        return log.append(`account-${accountId}`, 'no-stream', backAndForth(accountId, factsOfAppend));
      }),
    );
  }
};
