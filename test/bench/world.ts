import type { Account } from '#access/account/account.js';
import { AcceptInvitation } from '#access/account/accept-invitation.js';
import { AssignApplication } from '#access/account/assign-application.js';
import { ChangeRole } from '#access/account/change-role.js';
import { GrantAccess } from '#access/account/grant-access.js';
import { InviteUser } from '#access/account/invite-user.js';
import { OpenAccount } from '#access/account/open-account.js';
import { RevokeAccess } from '#access/account/revoke-access.js';
import { ActivateApplication } from '#access/application/activate-application.js';
import { RegisterApplication } from '#access/application/register-application.js';
import { randomId } from '#eventing/ids.js';
import { operator } from '../../apps/server/commands.spec-kit.js';
import { by, type InProcess, person } from './in-process.js';

export interface BenchAccount {
  readonly id: string;
  readonly ownerId: string;
  readonly memberIds: string[];
  /** Not accepted yet. */
  readonly invitations: { readonly id: string; readonly userId: string }[];
}

export interface World {
  readonly applicationIds: readonly string[];
  readonly accounts: readonly BenchAccount[];
}

const applications = 4;
let people = 0;

const someone = () => {
  people += 1;
  return { firstName: `Ann${people}`, lastName: 'Example', email: `ann${people}@example.com` };
};

export const side = async (works: number, atOnce: number, work: (index: number) => Promise<unknown>): Promise<void> => {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(atOnce, works) }, async () => {
      while (next < works) {
        next += 1;
        await work(next - 1);
      }
    }),
  );
};

const invite = async ({ run }: InProcess, { id, ownerId }: BenchAccount, applicationIds: readonly string[]) => {
  const invited = await run(
    new InviteUser({ accountId: id, userId: '', ...someone(), role: 'staff', applicationIds }, by(person(ownerId))),
  );
  return { id: invited.id, userId: invited.more?.['userId'] as string };
};

const accept = async ({ run, access }: InProcess, accountId: string, invitationId: string, userId: string) => {
  const tokenSha256 = await access.tokenSha256(userId, invitationId, 1);
  await run(new AcceptInvitation({ accountId, invitationId, tokenSha256 }, by(person(userId))));
};

/** Accounts with an owner, a few applications and a few members each, all by commands. */
export const buildWorld = async (product: InProcess, accounts: number, members: number): Promise<World> => {
  const { run } = product;
  const applicationIds = Array.from({ length: applications }, () => randomId('app'));
  for (const applicationId of applicationIds) {
    await run(new RegisterApplication({ applicationId, name: applicationId }, by(operator)));
    await run(new ActivateApplication({ applicationId }, by(operator)));
  }
  const built: BenchAccount[] = [];
  await side(accounts, 64, async () => {
    const accountId = randomId('acc');
    const owner = { userId: '', ...someone() };
    const { more } = await run(new OpenAccount({ accountId, name: accountId, owner }, by(operator)));
    const account: BenchAccount = {
      id: accountId,
      ownerId: more?.['ownerId'] as string,
      memberIds: [],
      invitations: [],
    };
    await accept(product, accountId, more?.['invitationId'] as string, account.ownerId);
    await run(new AssignApplication({ accountId, applicationIds }, by(operator)));
    for (let member = 0; member < members; member += 1) {
      const { id, userId } = await invite(product, account, []);
      await accept(product, accountId, id, userId);
      account.memberIds.push(userId);
    }
    built.push(account);
  });
  return { applicationIds, accounts: built };
};

const pick = <Thing>(things: readonly Thing[]): Thing => things[Math.floor(Math.random() * things.length)]!;

const hasAccess = (account: Account, userId: string, applicationId: string): boolean =>
  account.members.get(userId)?.accesses.has(applicationId) === true;

/** Gives a member an application, or takes it. */
export const grantOrRevoke = async (
  { run, access }: InProcess,
  { applicationIds }: World,
  { id: accountId, ownerId, memberIds }: BenchAccount,
): Promise<void> => {
  const [userId, applicationId] = [pick(memberIds), pick(applicationIds)];
  const stands = await access.account(accountId, (state) => hasAccess(state, userId, applicationId));
  const caller = by(person(ownerId));
  if (stands) await run(new RevokeAccess({ accountId, userId, applicationId }, caller));
  else await run(new GrantAccess({ accountId, userId, applicationIds: [applicationId] }, caller));
};

const changeRole = async ({ run, access }: InProcess, { id: accountId, ownerId, memberIds }: BenchAccount) => {
  const userId = pick(memberIds);
  const role = await access.account(accountId, ({ members }) => members.get(userId)?.role);
  await run(new ChangeRole({ accountId, userId, role: role === 'viewer' ? 'staff' : 'viewer' }, by(person(ownerId))));
};

const inviteOrAccept = async (product: InProcess, { applicationIds }: World, account: BenchAccount) => {
  const waiting = account.invitations.pop();
  if (waiting === undefined) account.invitations.push(await invite(product, account, [pick(applicationIds)]));
  else await accept(product, account.id, waiting.id, waiting.userId);
};

/** One believable command: of ten, eight give or take an application, one changes a role, one invites or accepts. */
export const anyCommand = async (product: InProcess, world: World, account: BenchAccount): Promise<void> => {
  const what = Math.random();
  if (what < 0.1) await inviteOrAccept(product, world, account);
  else if (what < 0.2) await changeRole(product, account);
  else await grantOrRevoke(product, world, account);
};
