import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable } from '#eventing/event-store.js';
import { defaultBackoff, delayMs } from '#eventing/retrying.js';
import type { Config } from '#platform/config.js';
import type { Engines } from './engines.js';

const answer = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'Retry-After': '1' });
  response.end(JSON.stringify(body));
};

/** Tells on the server's port that the process is alive and not ready, and why. */
const waitingRoom = async ({ port, host }: Config, why: () => string): Promise<Server> => {
  const server = createServer(({ url }, response) => {
    if (url === '/health/live') answer(response, 200, { live: true });
    else answer(response, 503, { ready: false, checks: { engines: { ok: false, detail: why() } } });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
};

const closed = async (server: Server | undefined): Promise<void> => {
  if (server === undefined) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
};

/**
 * The engines, once all of them can be used: those that are servers of their own may come up later, or be mended meanwhile.
 * `tell` is given a line whenever there is another reason to wait.
 */
export const waitForEngines = async (
  config: Config,
  open: () => Promise<Engines>,
  tell: (line: string) => void,
): Promise<Engines> => {
  let room: Server | undefined;
  let reason = '';
  for (let failures = 0; ; failures += 1) {
    try {
      const engines = await open();
      await closed(room);
      return engines;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      const isNew = error.message !== reason;
      reason = error.message;
      room ??= await waitingRoom(config, () => reason);
      if (isNew) tell(reason);
    }
    await wait(delayMs(defaultBackoff, failures));
  }
};
