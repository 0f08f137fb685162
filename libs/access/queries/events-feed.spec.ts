import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isSealed } from '#privacy/privacy.js';
import type { Caller } from '../caller.js';
import { fact } from '../events.js';
import { GetEvent, getEvent } from './event.js';
import { FollowEvents, followEvents } from './events-feed.js';
import type { LogReading } from './log-reading.js';
import {
  accountKey,
  applicationKey,
  by,
  type GivenReading,
  givenReading,
  joined,
  opened,
  operator,
  person,
  refusalOf,
  registered,
} from './reading.spec-kit.js';

const [acme, beta] = ['acc_acme', 'acc_beta'];
const key = accountKey(acme, 'history:export@account');
const olga = person('usr_olga');
let given: GivenReading;
let reading: LogReading;

type Asked = Partial<ConstructorParameters<typeof FollowEvents>[0]>;
const follow = (asked: Asked = {}, caller: Caller = operator) =>
  followEvents(
    new FollowEvents(
      {
        limit: 1_000,
        wait: 0,
        open: false,
        signal: new AbortController().signal,
        renew: () => Promise.resolve(caller),
        ...asked,
      },
      by(caller),
    ),
    reading,
  );
const types = async (...asked: Parameters<typeof follow>): Promise<string[]> =>
  (await follow(...asked)).items.map(({ type }) => type);

beforeAll(async () => {
  given = await givenReading();
  reading = { ...given.reading, views: given.views, sealer: given.sealer };
  await given.record([fact('PlatformStarted', { logId: 'log_1' }), opened(acme, 'Acme'), opened(beta, 'Beta')]);
  await given.record(joined(acme, 'usr_olga', 'Olga Owner', 'owner'), { reason: 'She asked', ticket: 'T-1' });
  await given.record([registered('app_crm', 'CRM'), ...joined(acme, 'usr_ann', 'Ann Lee')]);
});
afterAll(() => given.close());

describe('the feed of events', () => {
  it('gives the envelope, sealed as it lies in the log', async () => {
    const { items } = await follow({ accountId: acme, types: ['MemberJoined'], limit: 1 });
    expect(items).toEqual([
      {
        position: expect.stringMatching(/^\d{20}$/),
        stream: `account-${acme}`,
        revision: '1',
        eventId: expect.stringMatching(/^evt_/),
        type: 'MemberJoined',
        schemaVersion: 1,
        recordedAt: expect.stringMatching(/Z$/),
        actor: { kind: 'user', id: 'usr_olga' },
        reason: expect.stringMatching(/^sealed:/),
        ticket: 'T-1',
        correlationId: 'cor_1',
        causationId: null,
        commandId: null,
        data: expect.objectContaining({
          accountId: acme,
          userId: 'usr_olga',
          firstName: expect.stringMatching(/^sealed:/),
        }),
      },
    ]);
  });

  it('goes through the whole log, page by page, and on from its head', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    for (let more = true; more;) {
      const page = await follow({ limit: 4, after });
      seen.push(...page.items.map(({ eventId }) => eventId));
      ({ more, nextAfter: after } = page);
    }
    const whole = await follow();
    expect(seen).toEqual(whole.items.map(({ eventId }) => eventId));
    expect(seen).toHaveLength(Number(await reading.views.log.head()));
    expect(await follow({ after })).toEqual({ items: [], nextAfter: whole.nextAfter, more: false });
    expect(await types({ types: ['AccountOpened'] })).toEqual(['AccountOpened', 'AccountOpened']);
  });

  it('gives an account its own events only, page by page', async () => {
    const own = ['AccountOpened', 'MemberJoined', 'MemberJoined'];
    expect(await types({}, key)).toEqual(own);
    expect(await types({ accountId: acme }, olga)).toEqual(own);
    const first = await follow({ limit: 2 }, key);
    expect(first.more).toBe(true);
    expect(await types({ after: first.nextAfter }, key)).toEqual(own.slice(2));
    // The place of one account says nothing of another's stream.
    const elsewhere = await follow({ accountId: beta, limit: 1, after: first.nextAfter });
    expect(elsewhere).toMatchObject({ items: [], more: false });
    expect(await refusalOf(follow({ accountId: beta }, key))).toEqual({ code: 'account-not-found' });
    expect(await refusalOf(follow({}, olga))).toMatchObject({ needs: 'history:export@platform' });
    expect(await refusalOf(follow({ accountId: acme }, person('usr_ann')))).toMatchObject({
      needs: 'history:export@account',
    });
    const service = applicationKey('app_crm', 'history:export@account');
    expect(await refusalOf(follow({ accountId: acme }, service))).toMatchObject({ code: 'not-allowed' });
  });

  it('opens what the caller may read', async () => {
    const asked = { accountId: acme, types: ['MemberJoined'], open: true };
    const openedTo = async (caller: Caller) => (await follow(asked, caller)).items[0];
    expect(await openedTo(olga)).toMatchObject({ reason: 'She asked', data: { firstName: 'Olga' } });
    expect(await openedTo(operator)).toMatchObject({ data: { email: 'olga.owner@example.com' } });
    const unopened = await openedTo(key);
    expect(isSealed(unopened?.data['firstName'] as string)).toBe(true);
  });

  it('waits for what comes next', async () => {
    const { nextAfter: after } = await follow();
    const waiting = follow({ after, wait: 30, accountId: acme });
    await given.record([...joined(beta, 'usr_bert', 'Bert Beta')]);
    await given.record([...joined(acme, 'usr_zoe', 'Zoe Lee')]);
    expect((await waiting).items).toMatchObject([{ type: 'MemberJoined', data: { userId: 'usr_zoe' } }]);
  });
});

describe('one event', () => {
  const get = (eventId: string, caller: Caller = operator, open = false) =>
    getEvent(new GetEvent({ eventId, open }, by(caller)), reading).then(({ answer }) => answer);

  it('is found by its id, in reach', async () => {
    const { items } = await follow();
    for (const item of items) expect(await get(item.eventId)).toEqual(item);
    const own = items.find(({ stream }) => stream === `account-${acme}`)?.eventId ?? '';
    const foreign = items.find(({ stream }) => stream === `account-${beta}`)?.eventId ?? '';
    const platform = items.find(({ stream }) => stream === 'platform')?.eventId ?? '';
    expect(await get(own, key)).toMatchObject({ type: 'AccountOpened' });
    for (const eventId of [foreign, platform, 'evt_none'])
      expect(await refusalOf(get(eventId, key))).toEqual({ code: 'not-found' });
    expect(await refusalOf(get(own, person('usr_ann')))).toMatchObject({ code: 'not-allowed' });
  });
});
