import type { View } from '#eventing/view.js';
import { type ViewFolds, viewFolds } from './view-folds.js';

/** What a timer must end at `dueAt`. It names the grant, or the invitation's issue, that it is meant for. */
export type DueRow = {
  readonly kind: 'invitation' | 'access';
  readonly accountId: string;
  /** Of the invitation or the grant. */
  readonly id: string;
  readonly userId: string;
  /** Null for an invitation. */
  readonly applicationId: string | null;
  /** Null for an access. */
  readonly issue: number | null;
  readonly dueAt: string;
};

const invitation = ({ invitationId }: { readonly invitationId: string }) => [`invitation/${invitationId}`];
const access = ({ grantId }: { readonly grantId: string }) => [`access/${grantId}`];
const done = (): undefined => undefined;

const folds: ViewFolds<DueRow> = {
  UserInvited: {
    rows: invitation,
    fold: (_, { accountId, invitationId, userId, issue, expiresAt }) => ({
      kind: 'invitation',
      accountId,
      id: invitationId,
      userId,
      applicationId: null,
      issue,
      dueAt: expiresAt,
    }),
  },
  InvitationResent: {
    rows: invitation,
    fold: (row, { issue, expiresAt }) => row && { ...row, issue, dueAt: expiresAt },
  },
  InvitationAccepted: { rows: invitation, fold: done },
  InvitationDeclined: { rows: invitation, fold: done },
  InvitationRevoked: { rows: invitation, fold: done },
  InvitationExpired: { rows: invitation, fold: done },
  AccessGranted: {
    rows: (data) => (data.expiresAt === undefined ? [] : access(data)),
    fold: (row, { accountId, grantId, userId, applicationId, expiresAt }) =>
      expiresAt === undefined
        ? row
        : { kind: 'access', accountId, id: grantId, userId, applicationId, issue: null, dueAt: expiresAt },
  },
  AccessRevoked: { rows: access, fold: done },
  AccessExpired: { rows: access, fold: done },
};

export const dueView: View<DueRow> = {
  name: 'due',
  version: 1,
  ...viewFolds(folds),
  columns: { dueAt: 'text' },
  indexes: [['dueAt']],
  sortedBy: ['dueAt'],
  columnsOf: ({ dueAt }) => ({ dueAt }),
};
