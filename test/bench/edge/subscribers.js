// Subscribers in a process of their own. Told { url, path, headers, count } it opens so many streams and says 'open';
// then it says when the last of them had an event, as often as that happens.
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

const clock = () => performance.timeOrigin + performance.now();
const mark = 'event: role-changed\n';

process.once('message', ({ url, path, headers, count }) => {
  const { hostname, port } = new URL(url);
  const request = [`GET ${path} HTTP/1.1`, `Host: ${hostname}`, ...headers].join('\r\n');
  let opened = 0;
  /** How many subscribers have had so many events. */
  const having = new Map();
  for (let index = 0; index < count; index += 1) {
    let had = 0;
    let isOpen = false;
    const socket = connect(Number(port), hostname, () => socket.write(`${request}\r\n\r\n`));
    socket.setEncoding('latin1').on('data', (text) => {
      if (!isOpen) {
        isOpen = true;
        if (!text.startsWith('HTTP/1.1 200')) throw new Error(text);
        opened += 1;
        if (opened === count) process.send('open');
      }
      for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
        had += 1;
        having.set(had, (having.get(had) ?? 0) + 1);
        if (having.get(had) === count) process.send(clock());
      }
    });
  }
});
process.once('disconnect', () => process.exit());
