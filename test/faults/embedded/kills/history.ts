import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Access } from '#access/access.js';
import { accountAggregate } from '#access/account/account.js';
import { AcceptInvitation } from '#access/account/accept-invitation.js';
import { InviteUser } from '#access/account/invite-user.js';
import { RemoveMember } from '#access/account/remove-member.js';
import { applicationAggregate } from '#access/application/application.js';
import { IssueApiKey } from '#access/api-key/issue-api-key.js';
import { RevokeApiKey } from '#access/api-key/revoke-api-key.js';
import { apiKeyIdOf, apiKeySha256, newApiKeySecret } from '#access/api-key/secret.js';
import { type AccessFact, fact } from '#access/events.js';
import { platformAggregate, platformId } from '#access/platform/platform.js';
import { roleAggregate } from '#access/role/role.js';
import { userAggregate } from '#access/user/user.js';
import type { EventStore, RecordedEvent } from '#eventing/event-store.js';
import type { Vault } from '#eventing/vault.js';
import { sqliteEventStore } from '#store-sqlite/event-store.js';
import { sqliteVault } from '#store-sqlite/vault.js';
import { installationOn, kept, keyed, prepared, run } from '../../../../apps/server/installation.spec-kit.js';
import { accountIds, Life } from '../../../../apps/server/model.spec-kit.js';

/** Appends all of them in their order, within a few commits. */
const lay = async (log: EventStore, events: readonly RecordedEvent[]): Promise<void> => {
  await Promise.all(
    events.map(({ stream, revision, id, type, data, metadata }) =>
      log.append(stream, revision === 0n ? 'no-stream' : revision - 1n, [{ id, type, data, metadata }]),
    ),
  );
};

/** What happened before a test begins. */
export type History = (access: Access, vault: Vault) => Promise<void>;

/** Lets a history happen and lays it down as the data folder of a server that has not yet looked at it: log, vault and master key. */
export const layHistory = async (folder: string, happen: History): Promise<readonly RecordedEvent[]> => {
  const stores = kept();
  const vault = sqliteVault(join(folder, 'vault.db'));
  const masterKeyFile = join(folder, 'master.key');
  try {
    const engines = { ...stores.engines(), vault, masterKeyFile };
    const installation = installationOn(engines, { GRANTRAIL_MASTER_KEY: '' });
    await happen(await prepared(installation), vault);
    const log = sqliteEventStore(join(folder, 'events.db'));
    await lay(log, stores.log.events);
    await log.close();
    return stores.log.events;
  } finally {
    await vault.close();
    await rm(stores.folder, { recursive: true, force: true });
  }
};

/** Somebody joins, is removed and erased. */
const comeAndGo = async (access: Access, vault: Vault, n: number): Promise<void> => {
  const [accountId] = accountIds;
  const person = { firstName: 'Gone', lastName: `No ${n}`, email: `gone${n}@example.com` };
  const invite = new InviteUser({ accountId, userId: '', ...person, role: 'staff' }, keyed(`invite-gone-${n}`));
  const { id: invitationId, more } = await run(access, invite);
  const userId = more?.['userId'] as string;
  const tokenSha256 = await access.tokenSha256(userId, invitationId, 1);
  await run(access, new AcceptInvitation({ accountId, invitationId, tokenSha256 }, keyed(`accept-gone-${n}`)));
  await run(access, new RemoveMember({ accountId, userId }, keyed(`remove-gone-${n}`)));
  await access.decide(userAggregate, userId, keyed(`erase-${n}`), () => [fact('UserErased', { userId })]);
  await vault.bury(userId, new Date().toISOString());
};

/** What no command does yet, and what a life without keys lacks. */
const rarities = async (access: Access): Promise<void> => {
  const role = { roleId: 'curator', title: 'Curator', note: 'keeps it tidy', permissions: ['members:view@account'] };
  const facts = [
    fact('RoleDefined', { ...role, builtIn: false, accountId: undefined }),
    fact('RoleRedefined', { ...role, title: 'Keeper' }),
    fact('RoleRetired', { roleId: role.roleId }),
  ];
  await access.decide(roleAggregate, role.roleId, keyed('curator'), () => facts);
  const renewed = fact('LogRenewed', { logId: 'log_copy', from: 'log_first' });
  await access.decide(platformAggregate, platformId, keyed('renew'), () => [renewed]);
  const secret = newApiKeySecret(new Uint8Array(32));
  const keyId = apiKeyIdOf(secret);
  const issued = { keyId, secretSha256: apiKeySha256(secret), name: 'Sync' };
  const scope = { kind: 'account', accountId: accountIds[0] } as const;
  await run(access, new IssueApiKey({ ...issued, scope, permissions: ['members:view'] }, keyed('issue')));
  await run(access, new RevokeApiKey({ keyId }, keyed('revoke')));
};

/** Two accounts and all that can happen in them, with every fact there is. */
export const wholeLife =
  (seed: number, steps: number): History =>
  async (access, vault) => {
    const life = new Life(access, seed);
    await life.begin();
    for (let part = 0; part < 4; part += 1) {
      await life.go(steps / 4);
      await comeAndGo(access, vault, part);
    }
    await rarities(access);
  };

const named = (n: number) => ({ firstName: 'Pat', lastName: `No ${n}`, email: `pat${n}@example.com` });

/** So many invitations that nobody has answered. */
export const unanswered =
  (count: number): History =>
  async (access) => {
    const [accountId] = accountIds;
    await access.decide(accountAggregate, accountId, keyed('open'), () => [
      fact('AccountOpened', { accountId, name: 'Acme', plan: 'free', externalId: undefined }),
    ]);
    for (let n = 0; n < count; n += 1)
      await run(access, new InviteUser({ accountId, userId: '', ...named(n), role: 'staff' }, keyed(`invite-${n}`)));
  };

/** What is taken, where it is an application. */
export const takenApplication = 'app_taken';

/** So many accounts in which an application or a member was taken, and the server died before it took what hangs on them. */
export const cutOffCascades =
  (count: number): History =>
  async (access) => {
    for (let n = 0; n < count; n += 1) {
      const accountId = `acc_cut_${n}`;
      const userIds = [`usr_cut_${n}_a`, `usr_cut_${n}_b`];
      const grants = userIds.flatMap((userId) =>
        [takenApplication, 'app_other'].map((applicationId) => ({ userId, applicationId })),
      );
      const facts = [
        fact('AccountOpened', { accountId, name: `Cut ${n}`, plan: 'free', externalId: undefined }),
        ...[takenApplication, 'app_other'].map((applicationId) =>
          fact('ApplicationAssigned', { accountId, applicationId, origin: 'assigned' }),
        ),
        ...userIds.map((userId) =>
          fact('MemberJoined', { accountId, userId, role: 'staff', teamId: undefined, ...named(n) }),
        ),
        ...grants.map(({ userId, applicationId }) => {
          const grantId = `grt_${userId}_${applicationId}`;
          const open = { role: undefined, expiresAt: undefined, origin: 'assigned' as const };
          return fact('AccessGranted', { accountId, grantId, userId, applicationId, ...open });
        }),
        n % 2 === 0
          ? fact('ApplicationUnassigned', { accountId, applicationId: takenApplication })
          : fact('MemberRemoved', { accountId, userId: userIds[0]! }),
      ];
      await access.decide(accountAggregate, accountId, keyed(`cut-${n}`), () => facts);
    }
  };

/** So many applications that an account publishes, and the server died before it assigned them to it. */
export const cutOffRegistrations =
  (count: number): History =>
  async (access) => {
    const accountId = 'acc_publisher';
    await access.decide(accountAggregate, accountId, keyed('open'), () => [
      fact('AccountOpened', { accountId, name: 'Publisher', plan: 'free', externalId: undefined }),
    ]);
    for (let n = 0; n < count; n += 1) {
      const applicationId = `app_cut_${n}`;
      const named = { name: `Cut ${n}`, description: undefined, homeUrl: undefined, externalId: undefined };
      const owned = { publisherAccountId: accountId, ownerId: undefined, assignableBy: 'admins' } as const;
      const registered = fact('ApplicationRegistered', { applicationId, ...named, ...owned });
      await access.decide(applicationAggregate, applicationId, keyed(`register-${n}`), () => [registered]);
    }
  };

const longAgo = '2020-01-01T00:00:00.000Z';

/** An access or an invitation whose time is over, in turn. */
const overdueThing = (accountId: string, n: number): AccessFact[] => {
  const [userId, applicationId] = [`usr_over_${n}`, 'app_over'];
  const member = { accountId, userId, role: 'staff', teamId: undefined, ...named(n) };
  const grant = { grantId: `grt_over_${n}`, origin: 'assigned', role: undefined, expiresAt: longAgo } as const;
  const invitation = { invitationId: `inv_over_${n}`, issue: 1, applicationIds: [], expiresAt: longAgo };
  return n % 2 === 0
    ? [fact('MemberJoined', member), fact('AccessGranted', { accountId, userId, applicationId, ...grant })]
    : [fact('UserInvited', { ...member, ...invitation, tokenSha256: '0'.repeat(64) })];
};

/** So many accesses and invitations whose time is over, and nobody was there to say so. */
export const overdue =
  (count: number): History =>
  async (access) => {
    const perAccount = 50;
    for (let from = 0; from < count; from += perAccount) {
      const accountId = `acc_over_${from}`;
      const numbers = Array.from({ length: Math.min(perAccount, count - from) }, (_, index) => from + index);
      await access.decide(accountAggregate, accountId, keyed(`over-${from}`), () => [
        fact('AccountOpened', { accountId, name: `Over ${from}`, plan: 'free', externalId: undefined }),
        fact('ApplicationAssigned', { accountId, applicationId: 'app_over', origin: 'assigned' }),
        ...numbers.flatMap((n) => overdueThing(accountId, n)),
      ]);
    }
  };
