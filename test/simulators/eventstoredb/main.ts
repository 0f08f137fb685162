import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { serveControl } from './control.js';
import { startSimulator } from './start.js';

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: 'data/eventstoredb' },
    port: { type: 'string', default: '2113' },
    'stats-every': { type: 'string', default: '0' },
    login: { type: 'string' },
    certificate: { type: 'string' },
    key: { type: 'string' },
  },
});

const [user, password] = values.login?.split(':') ?? [];
const simulator = await startSimulator({
  folder: values.folder,
  port: Number(values.port),
  statsEvery: Number(values['stats-every']),
  ...(user !== undefined && password !== undefined && { login: { user, password } }),
  ...(values.certificate !== undefined &&
    values.key !== undefined && {
      tls: { certificate: readFileSync(values.certificate, 'utf8'), key: readFileSync(values.key, 'utf8') },
    }),
});
const control = await serveControl(simulator);
process.stdout.write(`ready at ${simulator.url}, faults to ${control.url}\n`);

const stop = (): void => {
  control.server.close();
  void simulator.close();
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
