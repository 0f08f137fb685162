import { refuse } from '#eventing/refusal.js';
import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { presentMember } from '../account/member.js';
import { holdsOnPlatform } from '../permission.js';
import { type Publishing, requirePublishing } from './application-permission.js';
import type { Application } from './application.js';

/** Its name and external id have been claimed. */
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

const registering = 'applications:register';

/** `ownerIsUser`: whether the owner that is named is somebody. */
export const registerApplication = (
  command: RegisterApplication,
  application: Application,
  publishing?: Publishing,
  ownerIsUser = false,
): AccessFact[] => {
  const { caller, applicationId, name, description, homeUrl, externalId, publisherAccountId, ownerId } = command;
  if (publisherAccountId !== undefined && (publishing?.account.revision ?? -1n) < 0n) refuse('account-not-found');
  requirePublishing(caller, registering, publishing);
  if (application.revision >= 0n) return [];
  // Whoever is not an operator knows nobody but their own account's people.
  const isKnown = holdsOnPlatform(caller, registering) ? ownerIsUser : isMember(publishing, ownerId);
  if (ownerId !== undefined && !isKnown) refuse('user-not-found');
  const { assignableBy = 'operators' } = command;
  const said = { applicationId, name, description, homeUrl, externalId, publisherAccountId, ownerId, assignableBy };
  return [fact('ApplicationRegistered', said)];
};

const isMember = (publishing: Publishing | undefined, userId: string | undefined): boolean =>
  userId !== undefined && publishing !== undefined && presentMember(publishing.account, userId) !== undefined;
