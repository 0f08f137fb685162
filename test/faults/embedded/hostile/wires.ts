import { wireOf } from './draft.js';
import type { Change } from './changes.js';

const headed = (wire: Buffer): readonly [head: string, body: Buffer] => {
  const end = wire.indexOf('\r\n\r\n');
  return [wire.toString('latin1', 0, end), wire.subarray(end + 4)];
};

const rewritten =
  (what: string, rewrite: (head: string, body: Buffer) => string | Buffer): Change =>
  (draft) => {
    draft.wire = Buffer.from(rewrite(...headed(wireOf(draft))) as string, 'latin1');
    return what;
  };

const withHeaders = (head: string, ...lines: readonly string[]): string =>
  [head.replace(/\r\n(Content-Length|Transfer-Encoding): [^\r]*/g, ''), ...lines].join('\r\n');

const chunked = (head: string, chunks: string): string =>
  `${withHeaders(head, 'Transfer-Encoding: chunked')}\r\n\r\n${chunks}`;

/** What is wrong lies below the request: framing, lines and floods. */
export const wireChanges: readonly Change[] = [
  rewritten('a chunk of no size', (head) => chunked(head, 'zz\r\n{}\r\n0\r\n\r\n')),
  rewritten('a chunk longer than it says', (head) => chunked(head, '1\r\n{"a":1}\r\n0\r\n\r\n')),
  rewritten('a chunk of 2^63 bytes', (head) => chunked(head, '7fffffffffffffff\r\n{}')),
  rewritten('chunks without an end', (head) => chunked(head, '2\r\n{}\r\n')),
  rewritten('extensions of a chunk without end', (head) => chunked(head, `2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`)),
  rewritten('a length that is none', (head) => `${withHeaders(head, 'Content-Length: -1')}\r\n\r\n{}`),
  rewritten('a length beyond the limit', (head) => `${withHeaders(head, 'Content-Length: 99999999999')}\r\n\r\n{}`),
  rewritten('a length that is too large', (head) => `${withHeaders(head, 'Content-Length: 500')}\r\n\r\n{}`),
  rewritten('a length that is too small', (head) => `${withHeaders(head, 'Content-Length: 1')}\r\n\r\n{"a":1}`),
  rewritten('two lengths', (head) => `${withHeaders(head, 'Content-Length: 2', 'Content-Length: 3')}\r\n\r\n{}`),
  rewritten(
    'a length and chunks',
    (head) => `${withHeaders(head, 'Content-Length: 2', 'Transfer-Encoding: chunked')}\r\n\r\n0\r\n\r\n`,
  ),
  rewritten('another transfer encoding', (head) => `${withHeaders(head, 'Transfer-Encoding: gzip')}\r\n\r\n{}`),
  rewritten('3,000 headers', (head, body) =>
    Buffer.concat([
      Buffer.from(`${head}\r\n${Array.from({ length: 3_000 }, (_, n) => `X-${n}: 1`).join('\r\n')}\r\n\r\n`),
      body,
    ]),
  ),
  rewritten('a header of 100,000 bytes', (head, body) =>
    Buffer.concat([Buffer.from(`${head}\r\nX-Long: ${'x'.repeat(1e5)}\r\n\r\n`), body]),
  ),
  rewritten(
    'a path of 100,000 bytes',
    (head) => `${head.replace(/\?| HTTP/, (mark) => `/${'x'.repeat(1e5)}${mark}`)}\r\n\r\n`,
  ),
  rewritten('a header without a colon', (head) => `${head}\r\nno header\r\n\r\n`),
  rewritten('a folded header', (head) => `${head}\r\nX-A: 1\r\n 2\r\n\r\n`),
  rewritten('NUL in a header', (head) => `${head}\r\nX-A: a\u0000b\r\n\r\n`),
  rewritten('no host', (head) => `${head.replace('\r\nHost: localhost', '')}\r\n\r\n`),
  rewritten('two hosts', (head) => `${head}\r\nHost: evil\r\n\r\n`),
  rewritten('HTTP/9.9', (head) => `${head.replace('HTTP/1.1', 'HTTP/9.9')}\r\n\r\n`),
  rewritten('HTTP/1.0', (head) => `${head.replace('HTTP/1.1', 'HTTP/1.0')}\r\n\r\n`),
  rewritten('a method that is none', (head) => `${head.replace(/^\w+/, 'BREW')}\r\n\r\n`),
  rewritten('bytes of a path that are no ASCII', (head) => `${head.replace(' HTTP', '\u00ff\u00fe HTTP')}\r\n\r\n`),
  rewritten('Expect: 100-continue', (head, body) =>
    Buffer.concat([Buffer.from(`${head}\r\nExpect: 100-continue\r\n\r\n`), body]),
  ),
  rewritten('Expect: a cake', (head, body) => Buffer.concat([Buffer.from(`${head}\r\nExpect: a cake\r\n\r\n`), body])),
  rewritten(
    'an upgrade',
    (head) => `${head.replace('Connection: close', 'Connection: Upgrade')}\r\nUpgrade: websocket\r\n\r\n`,
  ),
  rewritten('a tunnel', (head) => `${head.replace(/^\w+ \S+/, 'CONNECT evil:443')}\r\n\r\n`),
  rewritten('another protocol', () => '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'),
  rewritten('HTTP/2 at once', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  rewritten('half a request', (head) => head.slice(0, head.length >> 1)),
];
