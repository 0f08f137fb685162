// The yardstick of subscribers: whoever asks with GET is held, and gets what is posted, after the post was answered.
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';

const held = new Set();
const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    held.add(response);
    return;
  }
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    response.end('{}');
    const bytes = Buffer.concat(chunks);
    for (const subscriber of held) subscriber.write(bytes);
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`ready at http://127.0.0.1:${server.address().port}\n`));
