import { type Application, applicationAggregate } from '../application/application.js';
import type { Publishing } from '../application/application-permission.js';
import type { CallerContext } from '../caller.js';
import type { AccessFact } from '../events.js';
import type { CommandClass, UseCase } from '../use-case.js';
import { underPublisher } from './publishing.js';

/** A command that is decided on its application and on the account that publishes it. */
export const onApplication = <Command extends CallerContext & { readonly applicationId: string }>(
  command: CommandClass<Command>,
  decide: (command: Command, application: Application, publishing?: Publishing) => AccessFact[],
): UseCase<Command> => ({
  command,
  run: async (given, access) => {
    const outcome = await access.decide(applicationAggregate, given.applicationId, given, (application) =>
      underPublisher(access, given, application.publisherAccountId, (publishing) =>
        decide(given, application, publishing),
      ),
    );
    return { id: given.applicationId, outcome };
  },
});
