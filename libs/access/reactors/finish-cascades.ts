import type { CommandBus } from '@nestjs/cqrs';
import type { Reactor } from '#eventing/reactor.js';
import { ContinueCascade } from '../account/continue-cascade.js';
import { systemContext } from '../processes/system-context.js';
import type { Done } from '../use-case.js';

/** Announces the accesses that a taking append had no room for, until none is leaving any more. */
export const finishCascades = (commands: CommandBus): Reactor => ({
  name: 'finish-cascades',
  types: ['ApplicationUnassigned', 'MemberRemoved'],
  react: async (event) => {
    const accountId = event.data['accountId'] as string;
    for (let round = 0; ; round += 1) {
      const context = systemContext(event.id, `finish-cascade-${round}`);
      const done = await commands.execute<ContinueCascade, Done>(new ContinueCascade({ accountId }, context));
      if ((done.remaining ?? 0) === 0) return;
    }
  },
});
