import { oneLine } from './compose.js';
import type { Mail } from './mailer.js';

/** What an invitation says. Names are texts that people typed. */
export interface Invitation {
  readonly accountName: string;
  readonly inviterName: string;
  readonly roleTitle: string;
  readonly applicationNames: readonly string[];
  readonly acceptUrl: string;
  readonly declineUrl?: string;
  /** RFC 3339, UTC. */
  readonly expiresAt: string;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? '');

/** @throws TypeError for what is no web address */
const webUrl = (url: string): string => {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== 'https:' && parsed?.protocol !== 'http:')
    throw new TypeError('A link of a mail must be a web address');
  return parsed.href;
};

const dateForm = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

/** The mail's subject, text and HTML. */
export const invitationMail = (invitation: Invitation): Required<Pick<Mail, 'subject' | 'text' | 'html'>> => {
  const [account, inviter, role] = [invitation.accountName, invitation.inviterName, invitation.roleTitle].map(
    oneLine,
  ) as [string, string, string];
  const applications = invitation.applicationNames.map(oneLine);
  const accept = webUrl(invitation.acceptUrl);
  const decline = invitation.declineUrl === undefined ? undefined : webUrl(invitation.declineUrl);

  const subject = `${inviter} invites you to ${account}`;
  const opening = `${inviter} invites you to join ${account} as ${role}.`;
  const applicationsLead = 'With it you may use:';
  const until = `The invitation is for you alone and stands until ${dateForm.format(new Date(invitation.expiresAt))} UTC.`;
  const closing = 'If you did not expect it, you need not do anything.';

  const text = [
    opening,
    ...(applications.length === 0 ? [] : [[applicationsLead, ...applications.map((name) => `- ${name}`)].join('\n')]),
    `Accept: ${accept}`,
    ...(decline === undefined ? [] : [`Decline: ${decline}`]),
    until,
    closing,
  ].join('\n\n');

  const paragraph = (content: string): string => `<p>${content}</p>`;
  const link = (url: string, label: string): string => `<a href="${escaped(url)}">${label}</a>`;
  const items = applications.map((name) => `<li>${escaped(name)}</li>`).join('');
  const body = [
    paragraph(escaped(opening)),
    ...(applications.length === 0 ? [] : [paragraph(applicationsLead), `<ul>${items}</ul>`]),
    paragraph(link(accept, 'Accept the invitation') + (decline === undefined ? '' : ` · ${link(decline, 'Decline')}`)),
    paragraph(escaped(until)),
    paragraph(closing),
  ].join('\n');
  const html = `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head><body>\n${body}\n</body></html>\n`;

  return { subject, text: `${text}\n`, html };
};
