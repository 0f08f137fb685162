import { refuse } from '#eventing/refusal.js';
import type { Application } from '../application/application.js';
import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requirePlatformPermission } from '../permission.js';
import type { Platform } from './platform.js';

/** Every account opened from now on has this application. */
export class ChooseDefaultApplication extends command<{ applicationId: string }>() {}

export const chooseDefaultApplication = (
  command: ChooseDefaultApplication,
  platform: Platform,
  application: Application,
): AccessFact[] => {
  requirePlatformPermission(command.caller, 'applications:manage');
  if (application.revision < 0n) refuse('application-not-found');
  if (application.status === 'retired') refuse('application-retired');
  const { applicationId } = command;
  return platform.defaultApplicationId === applicationId ? [] : [fact('DefaultApplicationChosen', { applicationId })];
};
