import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { ViewReader } from '#eventing/view-reader.js';
import { accessChanges } from '#access/queries/access-changes-feed.js';
import { changesScope } from '#access/queries/access-changes-scope.js';
import { readPlace } from '#access/queries/feed-place.js';
import {
  activated,
  assigned,
  granted,
  joined,
  opened,
  operator,
  registered,
} from '#access/queries/reading.spec-kit.js';
import { fact } from '#access/events.js';
import { accessChangesStream } from './access-changes-stream.js';
import { idOf, receivedEvents, secretOf, servedLog, type ServedLog } from './served.spec-kit.js';
import { Tail } from './tail.js';

const [acme, billing, ann, ben] = [idOf('acc', 'a'), idOf('app', 'b'), idOf('usr', 'a'), idOf('usr', 'b')];
const [platformKey, applicationKey] = [secretOf('p'), secretOf('q')];
const path = '/v1/access-changes/stream';
let served: ServedLog;

beforeEach(async () => {
  served = await servedLog();
  await served.issue(platformKey, { kind: 'platform' }, '*@platform');
  await served.issue(applicationKey, { kind: 'application', applicationId: billing }, 'access:follow@account');
  await served.given.record([
    fact('PlatformStarted', { logId: 'log_1' }),
    opened(acme, 'Acme'),
    registered(billing, 'Billing'),
    activated(billing),
    assigned(acme, billing),
    ...joined(acme, ann, 'Ann Lee'),
    ...joined(acme, ben, 'Ben Lee'),
    granted(acme, ann, billing),
  ]);
});
afterEach(() => served.close());

const open = (bearer = platformKey, headers: Record<string, string> = {}, query = '') =>
  served.ask(path + query, { bearer, headers: { Accept: 'text/event-stream', ...headers } });

describe('the stream of access changes', () => {
  it('gives what was and what comes, and goes on after the last event', async () => {
    const response = await open();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const events = receivedEvents(response);
    expect((await events.next()).value).toMatchObject({ event: 'gate-opened', data: { applicationId: billing } });
    const first = (await events.next()).value;
    expect(first).toMatchObject({ event: 'granted', data: { type: 'granted', userId: ann } });
    await served.given.record([granted(acme, ben, billing)]);
    expect((await events.next()).value).toMatchObject({ event: 'granted', data: { userId: ben } });
    await events.return(undefined);

    const again = receivedEvents(await open(platformKey, { 'Last-Event-ID': first?.id ?? '' }, '?after=not-looked-at'));
    expect((await again.next()).value).toMatchObject({ event: 'granted', data: { userId: ben } });
    await again.return(undefined);
    const feed = (await (await served.ask('/v1/access-changes', { bearer: platformKey })).json()) as {
      items: { position: string }[];
    };
    expect(readPlace(first?.id ?? '').position).toBe(BigInt(feed.items[1]?.position ?? 0));
  });

  it('refuses with a problem before it begins', async () => {
    const codeOf = async (response: Promise<Response>) => ((await (await response).json()) as { code: string }).code;
    expect(await codeOf(open(platformKey, { 'Last-Event-ID': 'x' }))).toBe('cursor-invalid');
    expect(await codeOf(open(applicationKey, {}, `?accountId=${idOf('acc', 'z')}`))).toBe('account-not-found');
    expect(await codeOf(open(platformKey, { Accept: 'application/json' }))).toBe('not-acceptable');
    expect(await codeOf(open(secretOf('x')))).toBe('credentials-invalid');
  });

  it('ends within a second of the revocation of the key, telling nothing more', async () => {
    const events = receivedEvents(await open(applicationKey));
    expect((await events.next()).value).toMatchObject({ event: 'gate-opened' });
    expect((await events.next()).value).toMatchObject({ event: 'granted' });
    const revokedAt = performance.now();
    await served.revoke(applicationKey);
    expect((await events.next()).value).toEqual({ event: 'end', id: undefined, data: { code: 'credentials-invalid' } });
    expect(performance.now() - revokedAt).toBeLessThan(1_000);
    expect((await events.next()).done).toBe(true);
  });

  it('is broken off, with nothing said into it, when the client says what is no HTTP', async () => {
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1');
    const bearer = `Authorization: Bearer ${platformKey}`;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${bearer}\r\n\r\n`);
    await once(socket, 'readable');
    socket.write('HELLO\r\n\r\n');
    expect((await text(socket)).match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200']);
  });

  it('says that the server closes', async () => {
    const events = receivedEvents(await open());
    await events.next();
    await events.next();
    const start = performance.now();
    const closed = served.app.close();
    expect((await events.next()).value).toMatchObject({ event: 'end', data: { code: 'server-closing' } });
    expect((await events.next()).done).toBe(true);
    await closed;
    expect(performance.now() - start).toBeLessThan(1_500);
  });

  it('gives hundreds of subscribers what one has read', async () => {
    let pages = 0;
    const reader = new ViewReader(served.given.views);
    const counting: Pick<ViewReader, 'page'> = {
      page: (view, query) => {
        pages += 1;
        return reader.page(view, query);
      },
    };
    const alone = new ViewReader(served.given.views);
    alone.page = () => Promise.reject(new Error('read alone'));
    const [closing, gone] = [new AbortController(), new AbortController()];
    const { reading } = served;
    const tail = new Tail({ view: accessChanges, views: reading.views, reader: counting, signal: closing.signal });
    const after = { logId: 'log_1', position: await reading.views.log.head() };
    const streams = Array.from({ length: 300 }, () =>
      accessChangesStream({
        reading: { ...reading, reader: alone },
        tail,
        after,
        scope: () => changesScope(reading, operator, {}),
        closing: closing.signal,
        gone: gone.signal,
      }),
    );
    const next = streams.map((stream) => stream.next());
    await served.given.record([granted(acme, ben, billing)]);
    for (const { value } of await Promise.all(next)) expect(value).toMatchObject({ event: 'granted' });
    expect(pages).toBeLessThanOrEqual(2);
    const last = streams.map((stream) => stream.next());
    closing.abort();
    for (const { value } of await Promise.all(last)) expect(value).toMatchObject({ event: 'end' });
  });

  it('gives signs of life that move on, and ends when the client goes', async () => {
    const [closing, gone] = [new AbortController(), new AbortController()];
    const { reading } = served;
    const tail = new Tail({
      view: accessChanges,
      views: reading.views,
      reader: reading.reader,
      signal: closing.signal,
    });
    const stream = accessChangesStream({
      reading,
      tail,
      after: { logId: 'log_1', position: 0n },
      // Nothing concerns this one.
      scope: () => changesScope(reading, operator, { userId: 'usr_none', types: ['granted'] }),
      closing: closing.signal,
      gone: gone.signal,
      pace: { heartbeatMs: 20, renewMs: 10 },
    });
    const positions: bigint[] = [];
    for await (const { event, id } of stream) {
      expect(event).toBe('position');
      positions.push(readPlace(id ?? '').position);
      if (positions.length === 2) await served.given.record([granted(acme, ben, billing)]);
      if (positions.at(-1) === (await reading.views.log.head()) && positions.length > 3) gone.abort();
    }
    expect(positions[0]).toBeGreaterThan(0n);
    expect(positions).toEqual(positions.toSorted((a, b) => Number(a - b)));
    closing.abort();
  });

  it('forgets the oldest rows of the tail, which are then read from the view', async () => {
    const closing = new AbortController();
    const { views, reader } = served.reading;
    const tail = new Tail({ view: accessChanges, views, reader, signal: closing.signal, keep: 2 });
    const start = await views.log.head();
    await tail.waitFor(start, { signal: closing.signal });
    expect(tail.since(start)).toBeUndefined();
    for (const n of [1, 2, 3]) {
      const position = await served.given.record([granted(acme, ben, billing, { grantId: `grt_${n}` })]);
      expect(await tail.waitFor(position, { timeoutMs: 2_000 })).toBe(true);
    }
    expect(tail.since(start)).toBeUndefined();
    expect(tail.since(start + 1n)?.rows).toHaveLength(2);
    expect(tail.since(start + 2n)).toMatchObject({ rows: [{ from: start + 3n }], upTo: start + 3n });
    closing.abort();
  });
});
