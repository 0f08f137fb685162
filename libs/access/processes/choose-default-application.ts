import { applicationAggregate } from '../application/application.js';
import { ChooseDefaultApplication, chooseDefaultApplication } from '../platform/choose-default-application.js';
import { platformAggregate, platformId } from '../platform/platform.js';
import type { UseCase } from '../use-case.js';

export const chooseDefaultApplicationProcess: UseCase<ChooseDefaultApplication> = {
  command: ChooseDefaultApplication,
  run: async (command, access) => {
    const { applicationId } = command;
    const outcome = await access.decide(platformAggregate, platformId, command, async (platform) =>
      chooseDefaultApplication(
        command,
        platform,
        await access.loop.read(applicationAggregate, applicationId, (application) => ({ ...application })),
      ),
    );
    return { id: applicationId, outcome };
  },
};
