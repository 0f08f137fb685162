/** A server-sent event (HTML standard, 9.2). */
export interface ServerSentEvent {
  readonly event: string;
  readonly id?: string | undefined;
  /** Sent as JSON. */
  readonly data: unknown;
}

/** How long clients wait before they connect again. */
const retryMs = 2_000;

/** What a stream begins with. */
export const beginning = Buffer.from(`retry: ${retryMs}\n\n`);

export const written = ({ event, id, data }: ServerSentEvent): Buffer =>
  Buffer.from(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);

/** The last event of a stream: says why it ends. */
export const ended = (code: string): ServerSentEvent => ({ event: 'end', data: { code } });
