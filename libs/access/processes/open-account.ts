import type { Outcome } from '#eventing/command.js';
import { accountAggregate } from '../account/account.js';
import { invitationMadeBy } from '../account/invitation.js';
import { invitationIdOf } from '../account/invite.js';
import { OpenAccount, openAccount } from '../account/open-account.js';
import type { Access } from '../access.js';
import { altered } from '../caller.js';
import { platformAggregate, platformId } from '../platform/platform.js';
import type { UseCase } from '../use-case.js';
import { probableUser, userOfEmail } from './user-of-email.js';
import { requireFree, type Wanted, writeUnique } from './write-unique.js';

/** Opens an account as an invitation is made: tried first, then the owner is registered, then decided for good. */
export const openAccountProcess: UseCase<OpenAccount> = {
  command: OpenAccount,
  run: async (command, access) => {
    const { accountId, owner } = command;
    const trialOwner = { ...owner, userId: await probableUser(access, command, owner.email) };
    const trial = await decided(access, altered(command, { owner: trialOwner, dryRun: true }), '');
    const wanted = wantedBy(access, command);
    if (trial.replayed) {
      const more = await access.account(accountId, (account) => {
        const { id, userId } = invitationMadeBy(account, trial.events);
        return { ownerId: userId, invitationId: id };
      });
      return { id: accountId, outcome: trial, created: true, more };
    }
    await requireFree(access, wanted);
    if (command.dryRun === true) return { id: accountId, outcome: trial, created: true };

    const userId = await userOfEmail(access, command, owner);
    const invitationId = invitationIdOf(command, userId);
    const token = await access.tokenSha256(userId, invitationId, 1);
    const open = altered(command, { owner: { ...owner, userId } });
    const outcome = await writeUnique(access, wanted, () => decided(access, open, token));
    return { id: accountId, outcome, created: true, more: { ownerId: userId, invitationId } };
  },
};

const decided = async (access: Access, command: OpenAccount, tokenSha256: string): Promise<Outcome> =>
  access.decide(accountAggregate, command.accountId, command, async (account) => {
    const id = await access.loop.read(platformAggregate, platformId, (platform) => platform.defaultApplicationId);
    const defaultApplication = id === null ? undefined : await access.application(id);
    const { plans } = access.settings;
    return openAccount(command, account, { plans, defaultApplication, tokenSha256: () => tokenSha256 });
  });

const wantedBy = (access: Access, { externalId, accountId }: OpenAccount): readonly Wanted[] =>
  externalId === undefined
    ? []
    : [
        {
          kind: 'account-external-id',
          text: externalId,
          holder: accountId,
          holds: (id) => access.account(id, (account) => account.externalId === externalId),
          taken: 'external-id-taken',
        },
      ];
