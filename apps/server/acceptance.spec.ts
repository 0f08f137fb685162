import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Access } from '#access/access.js';
import { AcceptInvitation } from '#access/account/accept-invitation.js';
import { InviteUser } from '#access/account/invite-user.js';
import { OpenAccount } from '#access/account/open-account.js';
import type { RecordedEvent } from '#eventing/event-store.js';
import type { Installation } from './installation.js';
import { installationOn, type Kept, kept, keyed, operator, prepared, run } from './installation.spec-kit.js';

const ben = { firstName: 'Ben', lastName: 'Ray', email: 'ben@example.com' };

describe('accepting an invitation', () => {
  let stores: Kept;
  let installation: Installation;
  let access: Access;

  beforeEach(async () => {
    stores = kept();
    installation = installationOn(stores.engines());
    access = await prepared(installation);
    for (const accountId of ['acc_a', 'acc_b'])
      await run(
        access,
        new OpenAccount(
          { accountId, name: accountId, owner: { userId: '', ...ben, email: 'o@example.com' } },
          keyed(accountId),
        ),
      );
  });
  afterEach(() => stores.remove());

  const invite = async (accountId: string, typed: Partial<typeof ben> = {}): Promise<string> =>
    (
      await run(
        access,
        new InviteUser({ accountId, userId: '', ...ben, ...typed, role: 'staff' }, keyed(`invite ${accountId}`)),
      )
    ).id;

  const accept = async (accountId: string, invitationId: string, given: object = {}, context: object = {}) => {
    const tokenSha256 = await access.account(
      accountId,
      ({ invitations }) => invitations.get(invitationId)!.tokenSha256,
    );
    const key = `accept ${JSON.stringify([accountId, given])}`;
    return run(
      access,
      new AcceptInvitation({ accountId, invitationId, tokenSha256, ...given }, keyed(key, operator, context)),
    );
  };

  const opened = async (type: string): Promise<RecordedEvent['data'][]> => {
    const { sealer } = installation.reading;
    const events = stores.log.events.filter((event) => event.type === type);
    return Promise.all(events.map(async (event) => (await sealer.open(event)).data));
  };

  it('leaves a known person their own name, whatever the inviter typed', async () => {
    await accept('acc_a', await invite('acc_a'));
    await accept('acc_b', await invite('acc_b', { firstName: 'Benny', email: 'BEN@Example.com' }));
    expect(await opened('UserInvited')).toContainEqual(expect.objectContaining({ firstName: 'Benny' }));
    expect(await opened('UserRegistered')).toHaveLength(2);
    expect(await opened('UserRenamed')).toEqual([]);
    expect(await opened('MemberJoined')).toMatchObject([ben, ben]);
  });

  it('takes the name that the person gives, everywhere the same', async () => {
    await accept('acc_a', await invite('acc_a'), { firstName: 'Benedict' });
    const [renamed] = await opened('UserRenamed');
    const [joined] = await opened('MemberJoined');
    expect([renamed, joined]).toMatchObject([
      { firstName: 'Benedict', lastName: 'Ray' },
      { firstName: 'Benedict', lastName: 'Ray' },
    ]);
  });

  it('joins under the name that stands when two answers race', async () => {
    const invitationId = await invite('acc_a');
    const both = ['Benedict', 'Benjamin'].map((firstName) => accept('acc_a', invitationId, { firstName }));
    expect((await Promise.allSettled(both)).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [joined] = await opened('MemberJoined');
    expect(await access.person(joined!['userId'] as string)).toMatchObject({ firstName: joined!['firstName'] });
    expect(await opened('UserRenamed')).toHaveLength(1);
  });

  it('does not bring an earlier name back when it is repeated', async () => {
    const [first, second] = [await invite('acc_a'), await invite('acc_b')];
    const given = { firstName: 'Ben' };
    await accept('acc_a', first, given);
    await accept('acc_b', second, { firstName: 'Benedict' });
    expect((await accept('acc_a', first, given)).outcome.replayed).toBe(true);
    expect(await opened('UserRenamed')).toHaveLength(1);
  });

  it('compares If-Match with the invitation alone', async () => {
    const invitationId = await invite('acc_a');
    const { revision } = await access.account('acc_a', ({ invitations }) => invitations.get(invitationId)!);
    await run(
      access,
      new InviteUser({ accountId: 'acc_a', userId: '', ...ben, email: 'x@example.com', role: 'staff' }, keyed('x')),
    );
    const stale = accept('acc_a', invitationId, {}, { ifMatch: revision - 1n });
    await expect(stale).rejects.toMatchObject({ code: 'changed-meanwhile' });
    const done = await accept('acc_a', invitationId, { lastName: 'Sun' }, { ifMatch: revision });
    expect(done.outcome.changed).toBe(true);
  });
});
