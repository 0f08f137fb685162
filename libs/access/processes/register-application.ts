import type { Outcome } from '#eventing/command.js';
import { foldText } from '#eventing/search-text.js';
import type { Access } from '../access.js';
import { type Application, applicationAggregate } from '../application/application.js';
import { RegisterApplication, registerApplication } from '../application/register-application.js';
import { altered } from '../caller.js';
import type { UseCase } from '../use-case.js';
import { assignPublished } from './assign-published.js';
import { underPublisher } from './publishing.js';
import { requireFree, type Wanted, writeUnique } from './write-unique.js';

/** Registers an application under a name, and perhaps an external id, that nobody else has. */
export const registerApplicationProcess: UseCase<RegisterApplication> = {
  command: RegisterApplication,
  run: async (command, access) => {
    const { applicationId, publisherAccountId } = command;
    const trial = await decided(access, altered(command, { dryRun: true }));
    const wanted = wantedBy(access, command);
    if (!trial.replayed) await requireFree(access, wanted);
    if (command.dryRun === true) return { id: applicationId, outcome: trial, created: true };

    const outcome = trial.replayed ? trial : await writeUnique(access, wanted, () => decided(access, command));
    const [registered] = outcome.events;
    // Also in a repetition: the first time may have been cut off before.
    if (registered !== undefined && publisherAccountId !== undefined)
      await assignPublished(access, applicationId, publisherAccountId, registered.id);
    return { id: applicationId, outcome, created: true };
  },
};

const decided = async (access: Access, command: RegisterApplication): Promise<Outcome> => {
  const { ownerId, publisherAccountId = null } = command;
  return access.decide(applicationAggregate, command.applicationId, command, async (application) => {
    const ownerIsUser = ownerId !== undefined && (await access.isUser(ownerId));
    return underPublisher(access, command, publisherAccountId, (publishing) =>
      registerApplication(command, application, publishing, ownerIsUser),
    );
  });
};

const wantedBy = (access: Access, { name, externalId, applicationId }: RegisterApplication): readonly Wanted[] => {
  const folded = foldText(name);
  const heldWhere = (isHeld: (application: Application) => boolean) => async (id: string) => {
    const application = await access.application(id);
    return application !== undefined && isHeld(application);
  };
  const ofName: Wanted = {
    kind: 'application-name',
    text: folded,
    holder: applicationId,
    holds: heldWhere((application) => foldText(application.name) === folded),
    taken: 'name-taken',
  };
  if (externalId === undefined) return [ofName];
  const ofExternalId: Wanted = {
    kind: 'application-external-id',
    text: externalId,
    holder: applicationId,
    holds: heldWhere((application) => application.externalId === externalId),
    taken: 'external-id-taken',
  };
  return [ofName, ofExternalId];
};
