import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';

const run = (...words: readonly string[]): void => {
  const [command = '', ...rest] = words;
  execFileSync(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** Whether this process may make network namespaces and has the tools to cut what crosses them. */
export const hasNamespaces = (): boolean =>
  process.getuid?.() === 0 && ['ip', 'nft'].every((tool) => spawnSync(tool, ['-V']).error === undefined);

/** A network namespace with one address, joined to this one by a cable that can be cut for single ports. */
export interface Namespace {
  /** Put before a command, it runs in there. */
  readonly within: readonly string[];
  /** What listens in there is reached at this address. */
  readonly address: string;
  /** Where a server of this machine's loopback is reached from in there. */
  reach(port: number): Promise<{ readonly host: string; readonly port: number }>;
  /** Drops all packets between there and that port, until {@link mend}. */
  cut(port: number): void;
  mend(): void;
  dispose(): Promise<void>;
}

/** The third number of addresses 10.213.x.y that nobody here has, nor had one that died. */
const freeSubnet = (): number => {
  const taken = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
  const free = Array.from({ length: 250 }, (_, number) => number + 1).filter(
    (number) => !taken.includes(`10.213.${number}.1`),
  );
  const [first] = free;
  if (first === undefined) throw new Error('all 250 networks are taken: ip netns list tells by whom');
  return first;
};

export const openNamespace = (): Namespace => {
  const subnet = freeSubnet();
  const name = `grantrail-${process.pid}-${subnet}`;
  const cable = `gr${process.pid % 100_000}s${subnet}`;
  const [outer, inner] = [`10.213.${subnet}.1`, `10.213.${subnet}.2`];
  const within = ['ip', 'netns', 'exec', name];
  const inside = (...words: readonly string[]): void => run(...within, ...words);
  run('ip', 'netns', 'add', name);
  run('ip', 'link', 'add', `${cable}a`, 'type', 'veth', 'peer', 'name', `${cable}b`);
  run('ip', 'link', 'set', `${cable}b`, 'netns', name);
  run('ip', 'addr', 'add', `${outer}/24`, 'dev', `${cable}a`);
  run('ip', 'link', 'set', `${cable}a`, 'up');
  inside('ip', 'addr', 'add', `${inner}/24`, 'dev', `${cable}b`);
  inside('ip', 'link', 'set', `${cable}b`, 'up');
  inside('ip', 'link', 'set', 'lo', 'up');
  inside('nft', 'add', 'table', 'inet', 'cut');
  for (const hook of ['input', 'output'])
    inside('nft', 'add', 'chain', 'inet', 'cut', hook, `{ type filter hook ${hook} priority 0 ; }`);

  const relays: Server[] = [];
  const relayOf = new Map<number, number>();
  return {
    within,
    address: inner,
    reach: async (port) => {
      const relay = createServer((near) => {
        const far = connect(port, '127.0.0.1');
        const end = (): void => {
          near.destroy();
          far.destroy();
        };
        near.on('error', end).on('close', end);
        far.on('error', end).on('close', end);
        near.pipe(far).pipe(near);
      });
      relay.listen(0, outer);
      await once(relay, 'listening');
      relays.push(relay);
      const { port: relayed } = relay.address() as { port: number };
      relayOf.set(port, relayed);
      return { host: outer, port: relayed };
    },
    cut: (port) => {
      const relayed = String(relayOf.get(port));
      inside('nft', 'add', 'rule', 'inet', 'cut', 'output', 'tcp', 'dport', relayed, 'drop');
      inside('nft', 'add', 'rule', 'inet', 'cut', 'input', 'tcp', 'sport', relayed, 'drop');
    },
    mend: () => {
      for (const hook of ['input', 'output']) inside('nft', 'flush', 'chain', 'inet', 'cut', hook);
    },
    dispose: async () => {
      run('ip', 'netns', 'delete', name);
      await Promise.all(
        relays.map(async (relay) => {
          relay.close();
          await once(relay, 'close');
        }),
      );
    },
  };
};
