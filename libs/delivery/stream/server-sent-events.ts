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

const written = ({ event, id, data }: ServerSentEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

export const ended = (code: string): ServerSentEvent => ({ event: 'end', data: { code } });

/**
 * The body of an event stream. Holds a few events at most: the source is asked for the next ones as the client takes them.
 * A client that takes nothing for `patienceMs` is told `too-slow` and let go of; one that goes on taking nothing is cut off.
 */
export const eventStream = (source: AsyncIterable<ServerSentEvent>, patienceMs: number): Readable => {
  let watch: NodeJS.Timeout | undefined;
  const paced = async function* (): AsyncGenerator<string> {
    try {
      yield `retry: ${retryMs}\n\n`;
      for await (const event of source) {
        const handedOver = performance.now();
        watch = setTimeout(() => stream.destroy(), 2 * patienceMs);
        yield written(event);
        clearTimeout(watch);
        if (performance.now() - handedOver <= patienceMs) continue;
        yield written(ended('too-slow'));
        return;
      }
    } finally {
      clearTimeout(watch);
    }
  };
  const stream = Readable.from(paced(), { objectMode: true, highWaterMark: 16 });
  return stream;
};
