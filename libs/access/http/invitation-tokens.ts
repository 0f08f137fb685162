import { refuse } from '#eventing/refusal.js';
import type { Moment } from '#eventing/moment.js';
import type { ViewReader } from '#eventing/view-reader.js';
import { tokenSha256 } from '#privacy/invitation-token.js';
import type { InvitationRow } from '../views/invitations.js';

/** Finds the invitation that a mailed token belongs to. */
export interface InvitationTokens {
  /**
   * The invitation of the token's last issue, read at the head of the log, with the moment it was read at.
   * @throws Refusal `invitation-not-found` for any other text, also an earlier issue's token
   */
  readonly find: (token: string) => Promise<{ invitation: InvitationRow; tokenSha256: string; moment: Moment }>;
}
export const INVITATION_TOKENS = Symbol('InvitationTokens');

/** Views that a look-up joins. */
const joined = ['invitations', 'accounts', 'applications', 'api-keys'];

export const invitationTokens = (reader: ViewReader, head: () => Promise<bigint>): InvitationTokens => ({
  find: async (token) => {
    const sha256 = tokenSha256(token);
    const moment = await reader.moment(joined, { minPosition: (await head()).toString(), now: new Date() });
    const where = [{ column: 'tokenSha256', in: [sha256] }];
    const { rows } = await reader.page('invitations', {
      moment,
      where,
      order: { column: 'key', descending: false },
      limit: 1,
    });
    const invitation = rows[0]?.body as InvitationRow | undefined;
    return { invitation: invitation ?? refuse('invitation-not-found'), tokenSha256: sha256, moment };
  },
});
