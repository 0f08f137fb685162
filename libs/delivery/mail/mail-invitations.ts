import type { JobAttempt, Jobs } from '#eventing/jobs.js';
import { formatPosition } from '#eventing/position.js';
import type { Reactor } from '#eventing/reactor.js';
import { invitationMail } from './invitation-mail.js';
import type { Mailer } from './mailer.js';
import { statusAt } from '#access/account/invitation.js';
import { actorsOf } from '#access/queries/names.js';
import type { Reading } from '#access/queries/query.js';
import type { AccountRow } from '#access/views/accounts.js';
import type { ApplicationRow } from '#access/views/applications.js';
import type { InvitationRow } from '#access/views/invitations.js';

export const mailQueue = 'mail';

/** Puts a mail on the queue for every issue of an invitation. The job holds ids and the issue's position; the mail is composed when it is sent. */
export const mailInvitations = (jobs: Jobs): Reactor => ({
  name: 'mail-invitations',
  types: ['UserInvited', 'InvitationResent'],
  checkpoints: jobs,
  react: async ({ data, position }) => {
    const { accountId, invitationId, userId, issue } = data as unknown as Omit<InvitationJob, 'position'>;
    const id = `${invitationId}/${issue}`;
    const payload: InvitationJob = { accountId, invitationId, userId, issue, position: formatPosition(position) };
    await jobs.enqueue({ id, queue: mailQueue, payload });
  },
});

export interface InvitationMailParts {
  readonly reading: Reading;
  readonly mailer: Mailer;
  /** Where people reach the server; links begin with it. */
  readonly baseUrl: string;
}

type InvitationJob = {
  readonly accountId: string;
  readonly invitationId: string;
  readonly userId: string;
  readonly issue: number;
  readonly position: string;
};

/** Sends the mail of an invitation's issue, unless that is over meanwhile. */
export const sendInvitation =
  (parts: InvitationMailParts) =>
  async ({ payload }: JobAttempt): Promise<void> => {
    const { reading, mailer, baseUrl } = parts;
    const { access, reader } = reading;
    const { accountId, invitationId, userId, issue, position } = payload as unknown as InvitationJob;
    const isDue = await access.account(accountId, ({ invitations }) => {
      const invitation = invitations.get(invitationId);
      const isPending = invitation !== undefined && statusAt(invitation, new Date().toISOString()) === 'pending';
      return isPending && invitation.issue === issue;
    });
    const person = await access.person(userId);
    if (!isDue || person === undefined) return;

    const moment = await reader.moment(['accounts', 'applications', 'invitations', 'api-keys'], {
      minPosition: position,
      now: new Date(),
    });
    const invitation = (await reader.get('invitations', invitationId, moment))?.body as InvitationRow | undefined;
    const account = (await reader.get('accounts', accountId, moment))?.body as AccountRow | undefined;
    if (invitation === undefined || account === undefined) throw new Error('the views do not have the invitation yet');
    const promised = invitation.applications
      .filter(({ lost }) => lost === null)
      .map(({ applicationId }) => applicationId);
    const applications = await reader.many('applications', promised, moment);
    const roles = await access.roles(invitation.role);
    const inviter = await actorsOf(reading, [invitation.invitedBy], moment);
    const token = await access.token(userId, invitationId, issue);
    const mail = invitationMail({
      accountName: account.name,
      inviterName: inviter(invitation.invitedBy).name,
      roleTitle: roles.get(invitation.role)?.title ?? invitation.role,
      applicationNames: promised.flatMap(
        (id) => (applications.get(id)?.body as ApplicationRow | undefined)?.name ?? [],
      ),
      acceptUrl: `${baseUrl}/invitation#${token}`,
      expiresAt: invitation.expiresAt,
    });
    await mailer.send({ ...mail, to: person.email, messageId: `${invitationId}.${issue}` });
  };
