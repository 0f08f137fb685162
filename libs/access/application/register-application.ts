import { refuse } from '#eventing/refusal.js';
import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { type Publishing, requirePublishing } from './application-permission.js';
import type { Application } from './application.js';

/** Its name and external id have been claimed, its owner is a user. */
export class RegisterApplication extends command<{
  applicationId: string;
  name: string;
  description?: string | undefined;
  homeUrl?: string | undefined;
  externalId?: string | undefined;
  /** The platform's when left out. */
  publisherAccountId?: string | undefined;
  ownerId?: string | undefined;
  assignableBy?: 'operators' | 'admins' | undefined;
}>() {}

export const registerApplication = (
  command: RegisterApplication,
  application: Application,
  publishing?: Publishing,
): AccessFact[] => {
  const { applicationId, name, description, homeUrl, externalId, publisherAccountId, ownerId } = command;
  if (publisherAccountId !== undefined && (publishing?.account.revision ?? -1n) < 0n) refuse('account-not-found');
  requirePublishing(command.caller, 'applications:register', publishing);
  if (application.revision >= 0n) return [];
  const { assignableBy = 'operators' } = command;
  const said = { applicationId, name, description, homeUrl, externalId, publisherAccountId, ownerId, assignableBy };
  return [fact('ApplicationRegistered', said)];
};
