import { createHash } from 'node:crypto';
import type { Privacy } from './privacy.js';

/**
 * The token of one issue of an invitation, 43 characters: derived, so that it is kept nowhere and ends with the invitee's key.
 * @throws SubjectErased
 */
export const invitationToken = async (
  privacy: Privacy,
  subject: string,
  invitationId: string,
  issue: number,
): Promise<string> =>
  Buffer.from(await privacy.hmac(subject, JSON.stringify([invitationId, issue]))).toString('base64url');

/** What the log holds of a token: its SHA-256 in hex. */
export const tokenSha256 = (token: string): string => createHash('sha256').update(token).digest('hex');
