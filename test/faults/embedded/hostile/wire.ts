import { connect } from 'node:net';
import type { Answer, Body } from '../../../system/server.js';

/** The connection was closed without an answer, or nothing came in time. */
export type NoAnswer = 'closed' | 'silent';

const headEnd = '\r\n\r\n';

/** The body of an answer that came whole, out of its chunks where it has some. */
const bodyOf = (headers: Headers, rest: Buffer): Buffer => {
  if (headers.get('transfer-encoding') !== 'chunked') return rest;
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const line = rest.indexOf('\r\n', at);
    const size = parseInt(rest.toString('latin1', at, line), 16);
    if (line === -1 || !(size > 0)) return Buffer.concat(parts);
    parts.push(rest.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
};

/** Nothing where it is no JSON, as of HEAD. */
const jsonIn = (text: string): Body => {
  try {
    return JSON.parse(text) as Body;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
};

/** The first answer of what came; what only says to go on is passed over. */
const answerIn = (bytes: Buffer): Answer | undefined => {
  const end = bytes.indexOf(headEnd);
  if (end === -1) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = Number(first.split(' ')[1]);
  const rest = bytes.subarray(end + headEnd.length);
  if (status < 200) return answerIn(rest);
  const headers = new Headers(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const text = bodyOf(headers, rest).toString();
  return { status, headers, text, body: jsonIn(text) };
};

/** Sends bytes on a connection of their own and takes the answer. With `isAll` nothing more will come from here, and the server is told so. */
export const sendWire = async (
  url: string,
  wire: Buffer,
  { isAll, withinMs }: { readonly isAll: boolean; readonly withinMs: number },
): Promise<Answer | NoAnswer> => {
  const { hostname, port } = new URL(url);
  const received: Buffer[] = [];
  const isSilent = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const timer = setTimeout(() => {
      resolve(true);
      socket.destroy();
    }, withinMs);
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk);
      // A stream has no end.
      if (received.length === 1 && chunk.includes('text/event-stream')) socket.destroy();
    });
    // A server that has read enough may break off while there is more to be sent.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(false);
    });
    if (isAll) socket.end(wire);
    else socket.write(wire);
  });
  if (isSilent) return 'silent';
  return answerIn(Buffer.concat(received)) ?? 'closed';
};
