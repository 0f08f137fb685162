import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Fault } from './faults.js';
import { type Simulator } from './start.js';

/** Takes faults as JSON by POST on a loopback port of its own. Returns its URL. */
export const serveControl = async (
  simulator: Simulator,
): Promise<{ readonly url: string; readonly server: Server }> => {
  const server = createServer((request, response) => {
    text(request)
      .then((body) => simulator.inflict(JSON.parse(body) as Fault))
      .then(
        () => response.writeHead(204).end(),
        (error: unknown) => response.writeHead(400).end(String(error)),
      );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
};

/** Tells a simulator in another process what to do wrong. */
export const inflictThrough = async (controlUrl: string, fault: Fault): Promise<void> => {
  const response = await fetch(controlUrl, { method: 'POST', body: JSON.stringify(fault) });
  if (!response.ok) throw new Error(`the simulator refused ${fault.fault}: ${await response.text()}`);
};
