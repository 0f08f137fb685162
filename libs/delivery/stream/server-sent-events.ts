import { Readable } from 'node:stream';

/** A server-sent event (HTML standard, 9.2). */
export interface ServerSentEvent {
  readonly event: string;
  readonly id?: string | undefined;
  /** Sent as JSON. */
  readonly data: unknown;
}

/** How long clients wait before they connect again. */
const retryMs = 2_000;

const texts = new WeakMap<ServerSentEvent, string>();

/** An event's text, written once however many get it. */
const written = (one: ServerSentEvent): string => {
  const known = texts.get(one);
  if (known !== undefined) return known;
  const { event, id, data } = one;
  const text = `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  texts.set(one, text);
  return text;
};

export const ended = (code: string): ServerSentEvent => ({ event: 'end', data: { code } });

/**
 * The body of an event stream. Holds a few events at most: the source is asked for the next ones as the client takes them.
 * A client that takes nothing for `patienceMs` is told `too-slow` and let go of; one that goes on taking nothing is cut off.
 */
export const eventStream = (source: AsyncIterable<ServerSentEvent>, patienceMs: number): Readable => {
  const events: AsyncIterator<ServerSentEvent, unknown> = source[Symbol.asyncIterator]();
  let watch: NodeJS.Timeout | undefined;
  let handedOver = performance.now();
  const handOver = async (): Promise<void> => {
    if (performance.now() - handedOver > patienceMs) {
      stream.push(written(ended('too-slow')));
      stream.push(null);
      return;
    }
    const next = await events.next();
    handedOver = performance.now();
    watch = setTimeout(() => stream.destroy(), 2 * patienceMs);
    stream.push(next.done === true ? null : written(next.value));
  };
  const stream = new Readable({
    objectMode: true,
    highWaterMark: 16,
    read: () => {
      clearTimeout(watch);
      handOver().catch((error: unknown) => stream.destroy(error as Error));
    },
    destroy: (error, done) => {
      clearTimeout(watch);
      void Promise.resolve(events.return?.()).then(
        () => done(error),
        (failed: unknown) => done(error ?? (failed as Error)),
      );
    },
  });
  stream.push(`retry: ${retryMs}\n\n`);
  return stream;
};
