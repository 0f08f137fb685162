import { rm } from 'node:fs/promises';
import { environmentOn, eventsOn, startEngines, type TestEngines } from '../../system/distributed.js';
import { Server } from '../../system/server.js';
import type { TestServer } from '../../servers/test-server.js';
import { type MailSink, startMailSink } from './mail-sink.js';
import { hasNamespaces, type Namespace, openNamespace } from './namespace.js';

/** An installation of several processes on engines of its own, every part of which can be hurt. */
export interface Cluster {
  readonly server: Server;
  readonly engines: TestEngines;
  readonly sink: MailSink;
  /** Where one of the APIs is on its own, with a cable to the engines that can be cut; undefined where that can't be made. */
  readonly apart: Namespace | undefined;
  dispose(): Promise<void>;
}

/** The three engines as a process in the namespace reaches them. */
const seenFrom = async (apart: Namespace, engines: TestEngines): Promise<TestEngines> => {
  const seen = async (engine: TestServer): Promise<TestServer> => {
    const { port } = new URL(engine.url.replace(/^[a-z+]+:/, 'http:'));
    const reached = await apart.reach(Number(port));
    return { ...engine, url: engine.url.replace(/127\.0\.0\.1:\d+|localhost:\d+/, `${reached.host}:${reached.port}`) };
  };
  return {
    eventstoredb: await seen(engines.eventstoredb),
    mongodb: await seen(engines.mongodb),
    redis: await seen(engines.redis),
  };
};

/** Two APIs, one of them in a namespace of its own where that can be made, and two workers. */
export const startCluster = async (): Promise<Cluster> => {
  const [engines, sink] = await Promise.all([startEngines(), startMailSink()]);
  const apart = hasNamespaces() ? openNamespace() : undefined;
  const env = environmentOn(engines);
  const far = apart === undefined ? env : environmentOn(await seenFrom(apart, engines), env);
  const api = { GRANTRAIL_PARTS: 'api' };
  const worker = { env: { ...env, GRANTRAIL_PARTS: 'worker' } };
  const farApi = {
    env: { ...far, ...api, ...(apart && { HOST: apart.address }) },
    ...(apart && { within: apart.within }),
  };
  const server = await Server.start(
    { SMTP_URL: sink.url, GRANTRAIL_MAIL_FROM: 'Grantrail <no-reply@grantrail.example>' },
    (folder) =>
      Promise.resolve({
        processes: [{ env: { ...env, ...api } }, farApi, worker, worker],
        mails: () => sink.mails,
        events: () => eventsOn(engines.eventstoredb.url),
        dispose: async () => {
          await Promise.all(Object.values(engines).map((engine: TestServer) => engine.dispose()));
          await rm(folder, { recursive: true, force: true });
        },
      }),
  );
  return {
    server,
    engines,
    sink,
    apart,
    dispose: async () => {
      await server.dispose();
      await sink.dispose();
      await apart?.dispose();
    },
  };
};
