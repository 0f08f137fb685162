import type { CommandBus } from '@nestjs/cqrs';
import type { Reactor } from '#eventing/reactor.js';
import type { Access } from '../access.js';
import { ContinueCascade } from '../account/continue-cascade.js';
import { systemContext } from '../processes/system-context.js';

/** Announces the accesses that a taking append had no room for, until none is leaving any more. */
export const finishCascades = (access: Access, commands: CommandBus): Reactor => ({
  name: 'finish-cascades',
  types: ['ApplicationUnassigned', 'MemberRemoved'],
  react: async (event) => {
    const accountId = event.data['accountId'] as string;
    for (;;) {
      const next = await access.account(accountId, ({ leaving }) => leaving.keys().next().value);
      if (next === undefined) return;
      // Named by the grant it begins with, which leaves once: asked again after a crash it never takes ids that are in the log.
      const context = systemContext(event.id, `finish-cascade/${next}`);
      await commands.execute(new ContinueCascade({ accountId }, context));
    }
  },
});
