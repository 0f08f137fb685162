import { rm } from 'node:fs/promises';
import { ServerProcess } from '../../system/process.js';
import { Server } from '../../system/server.js';
import { eventsIn } from '../../system/log-file.js';

const fileOf = (name: string): string => new URL(name, import.meta.url).pathname;

/** The built server, logging every request as it does by default, with the route `POST /v1/empty` beside its own. */
export const serverWithEmptyRoute = (env: Readonly<Record<string, string>> = {}): Promise<Server> =>
  Server.start({ LOG_LEVEL: 'info', ...env }, (folder) =>
    Promise.resolve({
      processes: [{ env: {}, entry: fileOf('with-empty-route.js') }],
      events: () => Promise.resolve(eventsIn(folder)),
      dispose: () => rm(folder, { recursive: true, force: true }),
    }),
  );

/** A process that does one bare thing, as a yardstick. */
export const yardstick = async (name: string): Promise<ServerProcess> => {
  const server = new ServerProcess({ env: {}, entry: fileOf(name) });
  await server.run({});
  return server;
};
