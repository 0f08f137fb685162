import type { CommandBus } from '@nestjs/cqrs';
import { formatPosition } from '#eventing/position.js';
import type { RowVersion } from '#eventing/view-store.js';
import { ExpireAccess } from '../account/expire-access.js';
import { ExpireInvitation } from '../account/expire-invitation.js';
import { systemContext } from '../processes/system-context.js';
import type { DueRow } from '../views/due.js';

/** Turns a row of `due` whose time has come into its command. A stale one names what is gone and decides nothing. */
export const fireDue =
  (commands: CommandBus) =>
  async (row: RowVersion): Promise<void> => {
    const { kind, accountId, id, userId, applicationId, issue } = row.body as DueRow;
    const context = systemContext(row.openedBy, `due/${row.key}/${formatPosition(row.from)}`);
    if (kind === 'invitation')
      await commands.execute(new ExpireInvitation({ accountId, invitationId: id, issue: issue ?? 0 }, context));
    else
      await commands.execute(
        new ExpireAccess({ accountId, grantId: id, userId, applicationId: applicationId ?? '' }, context),
      );
  };
