import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { type Publishing, requireChangeable } from './application-permission.js';
import type { Application } from './application.js';

/** Opens the gate: accesses given before let people in from now on. */
export class ActivateApplication extends command<{ applicationId: string }>() {}

export const activateApplication = (
  command: ActivateApplication,
  application: Application,
  publishing?: Publishing,
): AccessFact[] => {
  requireChangeable(command.caller, application, publishing);
  const { applicationId } = command;
  return application.status === 'active' ? [] : [fact('ApplicationActivated', { applicationId })];
};
