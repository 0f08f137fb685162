import { Refusal } from '#eventing/refusal.js';
import type { Access } from '../access.js';
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
    const isInReach = await reachesApplication(access, given);
    const outcome = await access.decide(applicationAggregate, given.applicationId, given, (application) =>
      underPublisher(access, given, application.publisherAccountId, (publishing) => {
        try {
          return decide(given, application, publishing);
        } catch (error) {
          const tellsOfIt = error instanceof Refusal && error.code === 'not-allowed' && !isInReach;
          throw tellsOfIt ? new Refusal('application-not-found') : error;
        }
      }),
    );
    return { id: given.applicationId, outcome };
  },
});

/** Whether a key may know of an application: what its account has, or the one it is for. */
const reachesApplication = async (
  access: Access,
  { caller, applicationId }: CallerContext & { readonly applicationId: string },
): Promise<boolean> => {
  if (caller.kind !== 'service' || caller.scope.kind === 'platform') return true;
  if (caller.scope.kind === 'application') return caller.scope.applicationId === applicationId;
  return access.account(caller.scope.accountId, ({ assignments }) => assignments.has(applicationId));
};
