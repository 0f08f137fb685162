import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Caller } from '../caller.js';
import { fact } from '../events.js';
import { FollowAccessChanges, followAccessChanges } from './access-changes-feed.js';
import { readPlace, writePlace } from './feed-place.js';
import type { LogReading } from './log-reading.js';
import {
  accountKey,
  activated,
  applicationKey,
  assigned,
  by,
  type GivenReading,
  givenReading,
  granted,
  joined,
  opened,
  operator,
  person,
  refusalOf,
  registered,
} from './reading.spec-kit.js';

const [acme, beta, billing, crm] = ['acc_acme', 'acc_beta', 'app_billing', 'app_crm'];
let given: GivenReading;
let reading: LogReading;

type Asked = Partial<ConstructorParameters<typeof FollowAccessChanges>[0]>;
const follow = (asked: Asked = {}, caller: Caller = operator) =>
  followAccessChanges(
    new FollowAccessChanges(
      {
        limit: 1_000,
        wait: 0,
        filters: {},
        signal: new AbortController().signal,
        renew: () => Promise.resolve(caller),
        ...asked,
      },
      by(caller),
    ),
    reading,
  );
const told = async (asked: Asked = {}, caller: Caller = operator): Promise<string[]> =>
  (await follow(asked, caller)).items.map(
    ({ type, accountId, userId, applicationId }) => `${type} ${accountId} ${userId} ${applicationId}`,
  );
const placeOf = (position: bigint): string => writePlace({ logId: 'log_1', position });

const all = [
  'gate-opened null null app_billing',
  'gate-opened null null app_crm',
  'granted acc_acme usr_ann app_billing',
  'granted acc_acme usr_ann app_crm',
  'granted acc_beta usr_bert app_billing',
  'role-changed acc_acme usr_ann null',
  'role-changed acc_acme usr_zoe null',
  'role-redefined null null null',
  'user-erased null usr_ann null',
  'user-erased null usr_other null',
];

beforeAll(async () => {
  given = await givenReading();
  reading = { ...given.reading, views: given.views, sealer: given.sealer };
  const role = { title: 'Staff', note: '', permissions: [] };
  const roleChanged = (userId: string) =>
    fact('RoleChanged', { accountId: acme, userId, from: 'staff', to: 'viewer', applicationId: undefined });
  await given.record([
    fact('PlatformStarted', { logId: 'log_1' }),
    opened(acme, 'Acme'),
    opened(beta, 'Beta'),
    registered(billing, 'Billing'),
    registered(crm, 'CRM'),
    activated(billing),
    activated(crm),
    assigned(acme, billing),
    assigned(acme, crm),
    assigned(beta, billing),
    ...joined(acme, 'usr_ann', 'Ann Lee'),
    ...joined(acme, 'usr_zoe', 'Zoe Lee'),
    ...joined(beta, 'usr_bert', 'Bert Beta'),
    granted(acme, 'usr_ann', billing),
    granted(acme, 'usr_ann', crm),
    granted(beta, 'usr_bert', billing),
    roleChanged('usr_ann'),
    roleChanged('usr_zoe'),
    fact('RoleRedefined', { roleId: 'staff', ...role }),
    fact('UserErased', { userId: 'usr_ann' }),
    fact('UserErased', { userId: 'usr_other' }),
  ]);
});
afterAll(() => given.close());

describe('the feed of access changes', () => {
  it('gives everything to whoever follows the platform, in order', async () => {
    expect(await told()).toEqual(all);
    expect(await told({}, { kind: 'user', id: 'usr_pa', permissions: ['audit-log:view@platform'] })).toEqual(all);
  });

  it('goes on where it was left, and past what the filter skipped', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    for (let more = true; more;) {
      const page = await follow({ limit: 3, after });
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...page.items.map(({ position }) => position));
      ({ more, nextAfter: after } = page);
    }
    expect(seen).toEqual((await follow()).items.map(({ position }) => position));
    const head = await reading.views.log.head();
    const nothing = await follow({ filters: { userId: 'usr_none', types: ['granted'] } });
    expect(nothing).toEqual({ items: [], nextAfter: placeOf(head), more: false });
    expect(await follow({ after: nothing.nextAfter })).toEqual(nothing);
    expect(readPlace(nothing.nextAfter)).toMatchObject({ logId: 'log_1', position: head });
  });

  it('filters by whom a change touches: null is all', async () => {
    expect(await told({ filters: { accountId: beta } })).toEqual(all.filter((text) => !text.includes(acme)));
    expect(await told({ filters: { applicationId: crm, types: ['granted', 'gate-opened'] } })).toEqual([
      all[1],
      all[3],
    ]);
    expect(await told({ filters: { userId: 'usr_bert', types: ['granted'] } })).toEqual([all[4]]);
  });

  it('gives an account what touches it', async () => {
    const key = accountKey(beta, 'access:follow@account');
    expect(await told({}, key)).toEqual([all[0], all[4], all[7]]);
    expect(await refusalOf(follow({ filters: { accountId: acme } }, key))).toEqual({ code: 'account-not-found' });
    expect(await told({}, accountKey(acme, 'access:follow@account'))).toEqual(
      all.filter((text) => !text.includes(beta) && !text.includes('usr_other')),
    );
  });

  it('gives an application what touches it, in every account that has it', async () => {
    expect(await told({}, applicationKey(billing, 'access:follow@account'))).toEqual(
      [0, 2, 4, 5, 7, 8].map((index) => all[index]),
    );
    expect(await told({}, applicationKey(crm, 'access:follow@account'))).toEqual(
      [1, 3, 5, 7, 8].map((index) => all[index]),
    );
    const other = follow({ filters: { applicationId: crm } }, applicationKey(billing, 'access:follow@account'));
    expect(await refusalOf(other)).toEqual({ code: 'application-not-found' });
  });

  it('refuses an account or an application that there is not, to whoever sees all', async () => {
    expect(await refusalOf(follow({ filters: { accountId: 'acc_none' } }))).toEqual({ code: 'account-not-found' });
    expect(await refusalOf(follow({ filters: { applicationId: 'app_none' } }))).toEqual({
      code: 'application-not-found',
    });
  });

  it('takes the right to follow', async () => {
    expect(await refusalOf(follow({}, person('usr_ann')))).toMatchObject({ needs: 'access:follow@platform' });
    expect(await refusalOf(follow({}, accountKey(acme, 'access:check@account')))).toMatchObject({
      needs: 'access:follow@account',
    });
  });

  it('refuses a place that is none, of another log, or beyond the head', async () => {
    const head = await reading.views.log.head();
    expect(await refusalOf(follow({ after: 'x' }))).toEqual({ code: 'cursor-invalid' });
    expect(await refusalOf(follow({ after: writePlace({ logId: 'log_2', position: 1n }) }))).toEqual({
      code: 'position-of-another-log',
    });
    expect(await refusalOf(follow({ after: placeOf(head + 1n) }))).toEqual({ code: 'position-unknown' });
  });

  it('waits for the next change that concerns the caller, and ends when nobody waits', async () => {
    const { nextAfter: after } = await follow();
    const gone = new AbortController();
    const left = follow({ after, wait: 30, signal: gone.signal });
    gone.abort();
    expect(await left).toMatchObject({ items: [], nextAfter: after });
    let renewed = 0;
    const renew = (): Promise<Caller> => {
      renewed += 1;
      return Promise.resolve(operator);
    };
    const waiting = follow({ after, wait: 30, filters: { userId: 'usr_bert', types: ['granted'] }, renew });
    await given.record([granted(acme, 'usr_zoe', billing)]);
    await given.record([granted(beta, 'usr_bert', billing, { grantId: 'grt_again' })]);
    expect((await waiting).items).toMatchObject([{ type: 'granted', userId: 'usr_bert' }]);
    expect(renewed).toBeGreaterThan(0);
    const { nextAfter } = await waiting;
    const lost = refusalOf(follow({ after: nextAfter, wait: 30, renew: () => Promise.resolve(person('usr_x')) }));
    await given.record([granted(acme, 'usr_zoe', crm)]);
    expect(await lost).toMatchObject({ code: 'not-allowed' });
  });
});
