import type { Moment } from '#eventing/moment.js';
import { hasCome } from '../time.js';
import { memberKey } from '../views/keys.js';
import type { InvitationRow } from '../views/invitations.js';
import { clockAt } from './clock.js';
import { actorsOf, type ShownActor } from './names.js';
import type { Reading } from './query.js';
import { rowsAt } from './view-rows.js';

export interface InvitedApplication {
  readonly id: string;
  readonly name: string;
  readonly auto: boolean;
  readonly lost: 'unassigned' | 'retired' | null;
}

/** An invitation as answers show it. */
export interface InvitationAnswer {
  readonly id: string;
  readonly accountId: string;
  readonly userId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly role: string;
  readonly teamId: string | null;
  readonly status: InvitationRow['status'];
  readonly applications: readonly InvitedApplication[];
  readonly origin: InvitationRow['origin'];
  readonly invitedBy: ShownActor;
  readonly invitedAt: string;
  readonly resentAt: string | null;
  readonly expiresAt: string;
  readonly closedAt: string | null;
  readonly revision: string;
}

/** The views that invitations are joined from. */
export const invitationViews = ['invitations', 'members', 'applications', 'api-keys'] as const;

const memberOf = ({ accountId, userId }: InvitationRow): string => memberKey(accountId, userId);

/** From its end on an invitation shows `expired`, even before the fact. */
const statusOf = ({ status, expiresAt }: InvitationRow, clock: string): InvitationRow['status'] =>
  status === 'pending' && hasCome(expiresAt, clock) ? 'expired' : status;

/** Invitations joined at their moment. The accepted ones bear the person's own name, the others the one that was typed. */
export const invitationRows = async (
  reading: Reading,
  rows: readonly InvitationRow[],
  moment: Moment,
  now: string,
): Promise<readonly InvitationAnswer[]> => {
  if (rows.length === 0) return [];
  const accepted = rows.filter(({ status }) => status === 'accepted').map(memberOf);
  const promised = rows.flatMap(({ applications }) => applications.map(({ applicationId }) => applicationId));
  const [clock, members, applications, actorOf] = await Promise.all([
    clockAt(reading, moment, now),
    rowsAt(reading, 'members', accepted, moment),
    rowsAt(reading, 'applications', promised, moment),
    actorsOf(
      reading,
      rows.map(({ invitedBy }) => invitedBy),
      moment,
    ),
  ]);
  return rows.map((row) => {
    const { firstName, lastName, email } = (row.status === 'accepted' ? members.get(memberOf(row)) : undefined) ?? row;
    return {
      id: row.invitationId,
      accountId: row.accountId,
      userId: row.userId,
      firstName,
      lastName,
      email,
      role: row.role,
      teamId: row.teamId,
      status: statusOf(row, clock),
      applications: row.applications.map(({ applicationId: id, auto, lost }) => ({
        id,
        name: applications.get(id)?.name ?? id,
        auto,
        lost,
      })),
      origin: row.origin,
      invitedBy: actorOf(row.invitedBy),
      invitedAt: row.invitedAt,
      resentAt: row.resentAt,
      expiresAt: row.expiresAt,
      closedAt: row.closedAt,
      revision: row.revision,
    };
  });
};
