import type { TestServer } from './test-server.js';

/** The server that a variable of the environment names, which is not ours to stop; undefined without one. */
export const givenServer = (variable: string): TestServer | undefined => {
  const url = process.env[variable];
  if (url === undefined) return undefined;
  const refuse = (): Promise<void> => Promise.reject(new Error(`${variable} names a server that is not ours to stop`));
  return { url, kill: refuse, start: refuse, dispose: () => Promise.resolve() };
};

/** Whether the suites of a store may not be left out: `REQUIRE_STORES` lists it. */
export const isRequired = (store: string): boolean => (process.env['REQUIRE_STORES'] ?? '').split(',').includes(store);
