import { get, type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export interface CutAnswer {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The connection is torn after so many bytes of the body; never without it. */
  readonly bytes?: number;
  /** And after so many milliseconds at the latest. */
  readonly withinMs?: number;
  /** Gives whether that is enough: the connection is then torn. */
  readonly take: (text: string) => boolean;
}

const bodyOf = ({ url, headers }: CutAnswer): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, resolve);
    request.once('error', reject);
  });

/** What a connection ends with when the other side dies or this one tears it. */
const isBroken = (error: unknown): boolean =>
  ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(
    String((error as NodeJS.ErrnoException).code),
  );

/**
 * Takes what comes of an answer until it ends, breaks or is torn; gives its status, and whether it ended by itself.
 * A status of 0: nobody answered.
 */
export const takeCut = async (answer: CutAnswer): Promise<{ readonly status: number; readonly isWhole: boolean }> => {
  let left = answer.bytes ?? Infinity;
  let status = 0;
  const over = new AbortController();
  try {
    const body = await bodyOf(answer);
    status = body.statusCode ?? 0;
    if (answer.withinMs !== undefined)
      wait(answer.withinMs, undefined, { signal: over.signal }).then(
        () => body.destroy(),
        () => undefined,
      );
    const decoder = new TextDecoder();
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const isEnough = answer.take(decoder.decode(chunk.subarray(0, left), { stream: true }));
      left -= chunk.length;
      if (left > 0 && !isEnough) continue;
      body.destroy();
      return { status, isWhole: false };
    }
    return { status, isWhole: body.complete };
  } catch (error) {
    if (isBroken(error)) return { status, isWhole: false };
    throw error;
  } finally {
    over.abort();
  }
};
