import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { type Publishing, requireChangeable } from './application-permission.js';
import type { Application } from './application.js';

/** Shuts the gate without taking an access; the default application may be inactive too. */
export class DeactivateApplication extends command<{ applicationId: string }>() {}

export const deactivateApplication = (
  command: DeactivateApplication,
  application: Application,
  publishing?: Publishing,
): AccessFact[] => {
  requireChangeable(command.caller, application, publishing);
  const { applicationId } = command;
  return application.status === 'inactive' ? [] : [fact('ApplicationDeactivated', { applicationId })];
};
