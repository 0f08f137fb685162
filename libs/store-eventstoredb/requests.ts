import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';

const { ReadReq: Request } = streams;
const { Options } = Request;

/** A filtered subscription tells its position once in so many events of others: `searchWindow` × `checkpointInterval`. */
const searchWindow = 250;
const checkpointInterval = 4;

const readOptions = (count: string, direction: 'forwards' | 'backwards'): ReadReq.Options =>
  new Options()
    .setReadDirection(Options.ReadDirection[direction === 'forwards' ? 'FORWARDS' : 'BACKWARDS'])
    .setResolveLinks(false)
    .setCount(count)
    .setUuidOption(new Options.UUIDOption().setString(new shared.Empty()));

const streamNamed = (stream: string): ReadReq.Options.StreamOptions =>
  new Options.StreamOptions().setStreamIdentifier(
    new shared.StreamIdentifier().setStreamName(Buffer.from(stream).toString('base64')),
  );

/** A stream's events from a revision on, as many as asked for. */
export const readForwards = (stream: string, from: bigint, count = BigInt(Number.MAX_SAFE_INTEGER)): ReadReq =>
  new Request().setOptions(
    readOptions(String(count), 'forwards')
      .setStream(streamNamed(stream).setRevision(String(from)))
      .setNoFilter(new shared.Empty()),
  );

/** The last event of a stream. */
export const readLast = (stream: string): ReadReq =>
  new Request().setOptions(
    readOptions('1', 'backwards')
      .setStream(streamNamed(stream).setEnd(new shared.Empty()))
      .setNoFilter(new shared.Empty()),
  );

/** The last events of the whole log, the newest first. */
export const readLogBackwards = (count: number): ReadReq =>
  new Request().setOptions(
    readOptions(String(count), 'backwards')
      .setAll(new Options.AllOptions().setEnd(new shared.Empty()))
      .setNoFilter(new shared.Empty()),
  );

/** All events after a position of streams whose name begins with one of the prefixes: past ones, then live ones. */
export const subscribe = (after: bigint, prefixes: readonly string[]): ReadReq => {
  const all = new Options.AllOptions();
  const place = String(after);
  if (after === 0n) all.setStart(new shared.Empty());
  else all.setPosition(new Options.Position().setCommitPosition(place).setPreparePosition(place));
  const names = new Options.FilterOptions.Expression().setPrefixList([...prefixes]);
  return new Request().setOptions(
    readOptions('0', 'forwards')
      .setAll(all)
      .setSubscription(new Options.SubscriptionOptions())
      .setFilter(
        new Options.FilterOptions()
          .setStreamIdentifier(names)
          .setMax(searchWindow)
          .setCheckpointintervalmultiplier(checkpointInterval),
      ),
  );
};
