import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventsOf, newEvents, newStream } from '#eventing/contracts/event-store-given.contract.js';
import { selfSignedCertificate, testWithCertificate } from '../../test/servers/certificate.js';
import { eventstoredbSimulator, type SimulatorServer } from '../../test/servers/simulator-server.js';
import { eventStoreDb } from './event-store.js';

describe('a connection to EventStoreDB with TLS and a login', () => {
  let folder: string;
  let server: SimulatorServer | undefined;
  let authority = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'event-store-tls-'));
  });
  afterAll(async () => {
    await server?.dispose();
    await rm(folder, { recursive: true });
  });

  const addressOf = async (): Promise<string> => {
    if (server === undefined) {
      const tls = selfSignedCertificate(folder);
      authority = encodeURIComponent(tls.certificate);
      server = await eventstoredbSimulator({ tls, login: { user: 'grantrail', password: 'p@ss word' } });
    }
    return `localhost:${/:(\d+)(?:\?|$)/.exec(server.url)?.[1]}`;
  };

  testWithCertificate('carries appends, reads and followers', async () => {
    const address = await addressOf();
    const connectionString = `kurrentdb://grantrail:p%40ss%20word@${address}?tls=true&tlsCAFile=${authority}`;
    const store = eventStoreDb({ connectionString, categories: ['account'] });
    await store.ready();
    const stream = newStream();
    const { position } = await store.append(stream, 'no-stream', newEvents(2));
    expect(await eventsOf(store, stream)).toHaveLength(2);
    for await (const batch of store.follow({ after: 0n, signal: new AbortController().signal })) {
      if (batch.position >= position) break;
    }
    await store.close();
  });

  testWithCertificate.each([
    ['the password is wrong', 'grantrail:wrong@', () => `tls=true&tlsCAFile=${authority}`, 'does not know the user'],
    ['there is no login', '', () => `tls=true&tlsCAFile=${authority}`, 'does not know the user'],
    ['the certificate is not trusted', 'grantrail:p%40ss%20word@', () => 'tls=true', 'self-signed certificate'],
    ['it is not encrypted', 'grantrail:p%40ss%20word@', () => 'tls=false', "can't be used"],
  ])('is refused in one line when %s', async (_, login, options, reason) => {
    const address = await addressOf();
    const store = eventStoreDb({ connectionString: `esdb://${login}${address}?${options()}`, categories: ['account'] });
    await expect(store.ready()).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(store.ready()).rejects.toThrow(new RegExp(`^EventStoreDB at ${address} can't be used: .+$`));
    await expect(store.ready()).rejects.toThrow(reason);
    await store.close();
  });
});
