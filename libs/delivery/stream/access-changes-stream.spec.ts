import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { StoreUnavailable } from '#eventing/event-store.js';
import { formatPosition } from '#eventing/position.js';
import { Refusal } from '#eventing/refusal.js';
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
import { AccessChangesStream, streamPace } from './access-changes-stream.js';
import {
  eventsOf,
  idOf,
  receivedEvents,
  type ReceivedEvent,
  secretOf,
  servedLog,
  type ServedLog,
} from './served.spec-kit.js';
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

/** What somebody gets of a stream, over an answer that holds a kilobyte. */
const following = (
  stream: AccessChangesStream,
  how: Omit<Parameters<AccessChangesStream['follow']>[0], 'answer'>,
): AsyncGenerator<ReceivedEvent, undefined> => {
  const answer = new PassThrough({ highWaterMark: 1_024 });
  stream.follow({ ...how, answer }).pipe(answer);
  return eventsOf(answer.setEncoding('utf8'));
};

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

  it('gives hundreds of subscribers what one has read, by rights that were found out once', async () => {
    let pages = 0;
    let scopes = 0;
    const reader = new ViewReader(served.given.views);
    const page = reader.page.bind(reader);
    reader.page = (view, query) => {
      pages += 1;
      return page(view, query);
    };
    const closing = new AbortController();
    const reading = { ...served.reading, reader };
    const stream = new AccessChangesStream({
      reading,
      closing: closing.signal,
      pace: { ...streamPace, renewMs: 60_000 },
    });
    const after = { logId: 'log_1', position: await reading.views.log.head() };
    const scope = () => {
      scopes += 1;
      return changesScope(reading, operator, {});
    };
    const followers = Array.from({ length: 300 }, () => following(stream, { after, audience: 'all', scope }));
    await served.given.record([granted(acme, ben, billing)]);
    for (const events of followers) expect((await events.next()).value).toMatchObject({ event: 'granted' });
    expect(pages).toBeLessThanOrEqual(2);
    expect(scopes).toBe(1);
    closing.abort();
    for (const events of followers) expect((await events.next()).value).toMatchObject({ event: 'end' });
  });

  it('gives those of other rights or filters what concerns them', async () => {
    const closing = new AbortController();
    const { reading } = served;
    const stream = new AccessChangesStream({ reading, closing: closing.signal });
    const after = { logId: 'log_1', position: await reading.views.log.head() };
    const [ofAnn, ofBen] = [ann, ben].map((userId) =>
      following(stream, { after, audience: userId, scope: () => changesScope(reading, operator, { userId }) }),
    );
    await served.given.record([granted(acme, ben, billing), granted(acme, ann, billing, { grantId: 'grt_again' })]);
    expect((await ofAnn?.next())?.value).toMatchObject({ data: { userId: ann } });
    expect((await ofBen?.next())?.value).toMatchObject({ data: { userId: ben } });
    closing.abort();
  });

  it('gives whoever takes a rest all of it later, in order and once', async () => {
    const closing = new AbortController();
    const { reading } = served;
    const stream = new AccessChangesStream({ reading, closing: closing.signal });
    const after = { logId: 'log_1', position: await reading.views.log.head() };
    const follower = { after, audience: 'all', scope: () => changesScope(reading, operator, {}) };
    const [quick, slow] = [following(stream, follower), following(stream, follower)];
    const expected: string[] = [];
    for (let batch = 0; batch < 20; batch += 1) {
      const grantIds = Array.from({ length: 50 }, (_, index) => `grt_${batch}_${index}`);
      await served.given.record(grantIds.map((grantId) => granted(acme, ben, billing, { grantId })));
    }
    const head = await reading.views.log.head();
    for (let position = after.position + 1n; position <= head; position += 1n) expected.push(formatPosition(position));
    for (const events of [quick, slow]) {
      const told: string[] = [];
      while (told.length < expected.length)
        told.push(((await events.next()).value as { data: { position: string } }).data.position);
      expect(told).toEqual(expected);
    }
    closing.abort();
  });

  it('goes on with what comes after a place that the view has yet to reach', async () => {
    const closing = new AbortController();
    const { reading } = served;
    const stream = new AccessChangesStream({ reading, closing: closing.signal });
    const position = await reading.views.log.head();
    const scope = () => changesScope(reading, operator, {});
    const of = (ahead: bigint) =>
      following(stream, { after: { logId: 'log_1', position: position + ahead }, audience: 'all', scope });
    const [here, ahead] = [of(0n), of(1n)];
    await served.given.record([granted(acme, ann, billing), granted(acme, ben, billing)]);
    expect((await here.next()).value).toMatchObject({ data: { userId: ann } });
    expect((await here.next()).value).toMatchObject({ data: { userId: ben } });
    expect((await ahead.next()).value).toMatchObject({ data: { userId: ben } });
    closing.abort();
  });

  it('ends for all of an audience when its right is lost or the view can’t be read, and begins anew', async () => {
    const closing = new AbortController();
    const { reading } = served;
    const stream = new AccessChangesStream({ reading, closing: closing.signal, pace: { ...streamPace, renewMs: 10 } });
    const after = { logId: 'log_1', position: 0n };
    const failing = async (error: Error, code: string): Promise<void> => {
      const scope = () => Promise.reject(error);
      const both = [1, 2].map(() => following(stream, { after, audience: 'none', scope }));
      for (const events of both) {
        expect((await events.next()).value).toMatchObject({ event: 'end', data: { code } });
        expect((await events.next()).done).toBe(true);
      }
    };
    await failing(new Refusal('not-allowed'), 'not-allowed');
    await failing(new StoreUnavailable('gone'), 'unavailable');
    const scope = () => changesScope(reading, operator, {});
    const again = following(stream, { after, audience: 'none', scope });
    expect((await again.next()).value).toMatchObject({ event: 'gate-opened' });
    closing.abort();
  });

  it('gives signs of life that move on', async () => {
    const closing = new AbortController();
    const { reading } = served;
    const stream = new AccessChangesStream({
      reading,
      closing: closing.signal,
      pace: { heartbeatMs: 20, renewMs: 10, patienceMs: 1_000 },
    });
    const events = following(stream, {
      after: { logId: 'log_1', position: 0n },
      audience: 'none',
      // Nothing concerns this one.
      scope: () => changesScope(reading, operator, { userId: 'usr_none', types: ['granted'] }),
    });
    const positions: bigint[] = [];
    for await (const { event, id } of events) {
      expect(event).toBe('position');
      positions.push(readPlace(id ?? '').position);
      if (positions.length === 2) await served.given.record([granted(acme, ben, billing)]);
      if (positions.at(-1) === (await reading.views.log.head()) && positions.length > 3) break;
    }
    expect(positions[0]).toBeGreaterThan(0n);
    expect(positions).toEqual(positions.toSorted((a, b) => Number(a - b)));
    closing.abort();
  });
});

describe('the tail of a view', () => {
  it('forgets its oldest rows, which are then read from the view', async () => {
    const closing = new AbortController();
    const { views, reader } = served.reading;
    let looked = (): void => undefined;
    const tail = new Tail({
      view: accessChanges,
      views,
      reader,
      signal: closing.signal,
      looked: () => looked(),
      keep: 2,
    });
    const start = await views.log.head();
    tail.start();
    expect(tail.since(start, 10)).toBeUndefined();
    for (const n of [1, 2, 3]) {
      const come = new Promise<void>((resolve) => (looked = resolve));
      await served.given.record([granted(acme, ben, billing, { grantId: `grt_${n}` })]);
      await come;
    }
    expect(tail.position).toBe(start + 3n);
    expect(tail.since(start, 10)).toBeUndefined();
    expect(tail.since(start + 1n, 10)?.rows).toHaveLength(2);
    expect(tail.since(start + 1n, 1)).toMatchObject({ rows: [{ from: start + 2n }], upTo: start + 2n });
    expect(tail.since(start + 2n, 10)).toMatchObject({ rows: [{ from: start + 3n }], upTo: start + 3n });
    closing.abort();
  });
});
