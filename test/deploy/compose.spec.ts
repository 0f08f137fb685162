import { describe, expect, it } from '@jest/globals';
import { parseEnv } from 'node:util';
import { readConfig } from '#platform/config.js';
import {
  type ComposeFile,
  composeFile,
  repositoryFile,
  type Service,
  VariableMissing,
  variablesOf,
} from './compose-file.js';

const dockerfile = repositoryFile('docker/Dockerfile');
const { version } = JSON.parse(repositoryFile('package.json')) as { version: string };
const ownImage = `grantrail:${version}`;

const example = 'docker/.env.example';
const names = Object.keys(parseEnv(repositoryFile(example)));
const secrets = {
  GRANTRAIL_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  GRANTRAIL_OPERATOR_KEY: `grk_${'a1'.repeat(24)}`,
  MONGODB_ROOT_PASSWORD: 'b2'.repeat(24),
  MONGODB_PASSWORD: 'c3'.repeat(24),
  REDIS_PASSWORD: 'd4'.repeat(24),
};
const filledExample = { ...(parseEnv(repositoryFile(example)) as Record<string, string>), ...secrets };

const files: Readonly<Record<string, { readonly file: ComposeFile; readonly published: string }>> = {
  'docker/compose.embedded.yml': { file: composeFile('docker/compose.embedded.yml'), published: 'grantrail' },
  'docker/compose.distributed.yml': {
    file: composeFile('docker/compose.distributed.yml', filledExample),
    published: 'proxy',
  },
};
const { services } = files['docker/compose.distributed.yml']!.file;

/** One that ends by itself once it has done its work. */
const isOneShot = ({ restart }: Service): boolean => restart === 'on-failure';
const isOurs = ({ image }: Service): boolean => image.startsWith('grantrail:');
const isChecked = (service: Service): boolean =>
  isOurs(service) ? /^HEALTHCHECK /m.test(dockerfile) : (service.healthcheck?.test?.length ?? 0) > 1;
/** What the process finds in its environment: the image's own, and the service's. */
const environmentOf = ({ environment }: Service): Record<string, string> => {
  const [, ofImage = ''] = /^ENV (.+)$/m.exec(dockerfile) ?? [];
  return { ...(parseEnv(ofImage.replaceAll(' ', '\n')) as Record<string, string>), ...environment };
};

describe.each(Object.entries(files))('every service of %s', (_, { file, published }) => {
  const all = Object.entries(file.services);
  const namesOf = (those: readonly (readonly [string, Service])[]): readonly string[] => those.map(([name]) => name);
  /** The services that something does not hold for. */
  const except = (holds: (service: Service, name: string) => boolean): readonly string[] =>
    namesOf(all.filter(([name, service]) => !holds(service, name)));

  it('runs an exact version', () => {
    expect(except((service) => isOurs(service) || /:\d+\.\d+\.\d+(-[a-z]+)?$/.test(service.image))).toEqual([]);
    expect(except((service) => !isOurs(service) || service.image === ownImage)).toEqual([]);
  });

  it('runs as nobody in particular, with no rights, on a file system that it can’t write to', () => {
    expect(except(({ user = '' }) => /^[1-9]\d*:[1-9]\d*$/.test(user))).toEqual([]);
    expect(except((service) => service.read_only === true)).toEqual([]);
    expect(except((service) => service.cap_drop?.join() === 'ALL')).toEqual([]);
    expect(except((service) => service.security_opt?.join() === 'no-new-privileges:true')).toEqual([]);
  });

  it('is started again and says whether it is well, unless it ends by itself', () => {
    expect(except((service) => isOneShot(service) || service.restart === 'unless-stopped')).toEqual([]);
    expect(except((service) => isOneShot(service) || isChecked(service))).toEqual([]);
  });

  it('waits for what can be waited for', () => {
    const fits = (condition: string, awaited: Service | undefined): boolean => {
      if (awaited === undefined) return false;
      if (isOneShot(awaited)) return condition === 'service_completed_successfully';
      return condition === 'service_started' || (condition === 'service_healthy' && isChecked(awaited));
    };
    const waits = ({ depends_on = {} }: Service): boolean =>
      Object.entries(depends_on).every(([name, { condition }]) => fits(condition, file.services[name]));
    expect(except(waits)).toEqual([]);
  });

  it('is published on loopback, if at all', () => {
    const open = all.filter(([, { ports = [] }]) => ports.length > 0);
    expect(namesOf(open)).toEqual([published]);
    for (const port of open.flatMap(([, { ports = [] }]) => ports)) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('writes to declared volumes only', () => {
    const isFine = (volume: string): boolean => {
      const [source = '', , mode] = volume.split(':');
      return source.startsWith('./') ? mode === 'ro' : Object.keys(file.volumes ?? {}).includes(source);
    };
    expect(except(({ volumes = [] }) => volumes.every(isFine))).toEqual([]);
  });

  it('has settings that the server takes, if it is the server', () => {
    const ours = all.map(([, service]) => service).filter(isOurs);
    expect(ours.length).toBeGreaterThan(0);
    for (const service of ours)
      expect(readConfig(environmentOf(service))).toMatchObject({ host: '0.0.0.0', port: 3000, dataDir: '/data' });
  });
});

describe('docker/compose.distributed.yml', () => {
  const ours = Object.entries(services).filter(([, service]) => isOurs(service));
  const doing = (part: 'api' | 'worker'): readonly string[] =>
    ours.filter(([, service]) => readConfig(environmentOf(service)).parts[part]).map(([name]) => name);

  it('has two APIs, two workers, and a proxy that knows the APIs', () => {
    expect(doing('api')).toEqual(['api-1', 'api-2']);
    expect(doing('worker')).toEqual(['worker-1', 'worker-2']);
    expect(services['proxy']!.environment?.['GRANTRAIL_APIS']).toBe('api-1:3000 api-2:3000');
  });

  it('runs all of them on the same engines, with the same master key', () => {
    const configs = ours.map(([, service]) => readConfig(environmentOf(service)));
    expect(
      new Set(configs.map(({ engines, masterKey, baseUrl }) => JSON.stringify([engines, masterKey, baseUrl]))).size,
    ).toBe(1);
    const { eventStoreDb = '', mongoDb = '', redis = '' } = configs[0]!.engines ?? {};
    for (const url of [eventStoreDb, mongoDb, redis]) expect(Object.keys(services)).toContain(new URL(url).hostname);
    expect(configs.every(({ profile }) => profile === 'distributed')).toBe(true);
  });

  it('gives the operator’s key to those alone that write it down', () => {
    const having = ours.filter(([, service]) => readConfig(environmentOf(service)).operatorKey !== null);
    expect(having.map(([name]) => name)).toEqual(doing('worker'));
  });

  it('keeps the engines where nobody else is', () => {
    const { networks = {} } = files['docker/compose.distributed.yml']!.file;
    const engines = Object.entries(services).filter(([name, service]) => !isOurs(service) && name !== 'proxy');
    expect(engines.length).toBe(4);
    for (const [, service] of engines) {
      expect(service.networks).toEqual(['engines']);
      if (!isOneShot(service)) expect(service.volumes?.length).toBe(1);
    }
    expect(networks['engines']).toEqual({ internal: true });
    expect(services['proxy']!.networks).not.toContain('engines');
  });

  it('runs a Redis that loses nothing when it is restarted or full', () => {
    const lines = services['redis']!.command!.at(-1)!.split('\n');
    expect(lines).toEqual(expect.arrayContaining(['appendonly yes', 'maxmemory-policy noeviction']));
  });

  it('has no secret of its own: each must be set, and the example names all there is to set', () => {
    const set = { ...filledExample, GRANTRAIL_BASE_URL: 'https://grants.example.com' };
    for (const name of [...Object.keys(secrets), 'GRANTRAIL_BASE_URL'])
      expect(() => composeFile('docker/compose.distributed.yml', { ...set, [name]: '' })).toThrow(VariableMissing);
    expect([...variablesOf('docker/compose.distributed.yml')].sort()).toEqual([...names].sort());
    for (const name of Object.keys(secrets)) {
      expect(parseEnv(repositoryFile(example))[name]).toBe('');
      expect(repositoryFile('docker/compose.distributed.yml')).not.toContain(`{${name}:-`);
    }
  });
});

describe('the image', () => {
  it('is built from exact versions and runs as a user without a name', () => {
    const from = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(from).toHaveLength(2);
    for (const image of from) expect(image).toMatch(/:(\d+\.\d+\.\d+-\w+-slim|bookworm-\d{8}-slim)$/);
    expect([...dockerfile.matchAll(/^USER (.+)$/gm)].map(([, user]) => user)).toEqual(['10001:10001']);
  });

  it('is not given secrets or what a build makes', () => {
    const left = repositoryFile('.dockerignore').split('\n');
    expect(left).toEqual(expect.arrayContaining(['.git', 'data', 'dist', 'node_modules', '**/.env']));
  });
});
