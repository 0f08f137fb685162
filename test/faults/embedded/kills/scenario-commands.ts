import type { Access } from '#access/access.js';
import { AcceptInvitation } from '#access/account/accept-invitation.js';
import { AssignApplication } from '#access/account/assign-application.js';
import { ChangeRole } from '#access/account/change-role.js';
import { InviteUser } from '#access/account/invite-user.js';
import { OpenAccount } from '#access/account/open-account.js';
import { RemoveMember } from '#access/account/remove-member.js';
import { RevokeAccess } from '#access/account/revoke-access.js';
import { RegisterApplication } from '#access/application/register-application.js';
import type { CallerContext } from '#access/caller.js';
import type { Done } from '#access/use-case.js';
import { keyed, run as runCommand } from '../../../../apps/server/commands.spec-kit.js';

const accountIds = ['acc_a', 'acc_b'];
const applicationIds = ['app_a', 'app_b'];
/** Each so long that a few of them fill what SQLite moves into its file at once (4 MB). */
const longApplicationIds = Array.from({ length: 11 }, (_, n) => `app_long_${n}`);
const long = 'x'.repeat(400_000);
const people = Array.from({ length: 16 }, (_, n) => ({
  firstName: 'Pat',
  lastName: `No ${n}`,
  email: `p${n}@example.com`,
}));
const accountOf = (n: number): string => accountIds[n % accountIds.length]!;

/** Tells of every command that was answered. */
export type Answered = (key: string, done: Done) => void;

/** The same commands each time, some of them at once. What was done before is only answered again. */
export const playScenario = async (access: Access, answered: Answered): Promise<void> => {
  const run = async (key: string, commandOf: (context: CallerContext) => CallerContext): Promise<Done> => {
    const done = await runCommand(access, commandOf(keyed(key)));
    answered(key, done);
    return done;
  };
  const register = (applicationId: string, description?: string) =>
    run(`register ${applicationId}`, (context) => {
      const said = { applicationId, name: applicationId, ...(description !== undefined && { description }) };
      return new RegisterApplication({ ...said, assignableBy: 'admins' }, context);
    });

  const owner = { userId: '', firstName: 'Olga', lastName: 'Owner', email: 'olga@example.com' };
  await Promise.all([
    ...accountIds.map((accountId) =>
      run(`open ${accountId}`, (context) => new OpenAccount({ accountId, name: accountId, owner }, context)),
    ),
    ...applicationIds.map((id) => register(id)),
  ]);
  await Promise.all(
    accountIds.map((accountId) =>
      run(`assign ${accountId}`, (context) => new AssignApplication({ accountId, applicationIds }, context)),
    ),
  );
  const invited = await Promise.all(
    people.map(async (person, n) => {
      const accountId = accountOf(n);
      const inviting = { accountId, userId: '', ...person, role: 'staff', applicationIds };
      const { id, more } = await run(`invite ${n}`, (context) => new InviteUser(inviting, context));
      return { n, accountId, invitationId: id, userId: more?.['userId'] as string };
    }),
  );
  await Promise.all(
    invited.map(async ({ n, accountId, invitationId, userId }) => {
      const token = { accountId, invitationId, tokenSha256: await access.tokenSha256(userId, invitationId, 1) };
      await run(`accept ${n}`, (context) => new AcceptInvitation(token, context));
    }),
  );
  await Promise.all(
    invited.map(async ({ n, accountId, userId }) => {
      if (n < 6)
        await run(`revoke ${n}`, (context) => new RevokeAccess({ accountId, userId, applicationId: 'app_a' }, context));
      else if (n < 12)
        await run(`role ${n}`, (context) => new ChangeRole({ accountId, userId, role: 'viewer' }, context));
      else await run(`remove ${n}`, (context) => new RemoveMember({ accountId, userId }, context));
    }),
  );
  await Promise.all(longApplicationIds.map((id) => register(id, long)));
};
