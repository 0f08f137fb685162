import type { KeptMail } from '../mail/folder-mailer.js';
import type { ListedMail } from '../mail/mailbox.js';
import { linkedText } from './linked-text.js';
import { escapeHtml, type Page, pageOf } from './page.js';

const style = `
.mails { list-style: none; margin: 1.25rem 0 0; padding: 0; }
.mails li { border-top: 1px solid var(--line); }
.mails a { display: grid; grid-template-columns: 1fr auto; gap: .1rem 1rem; padding: .8rem .6rem; color: inherit; text-decoration: none; border-radius: .5rem; }
.mails a:hover { background: var(--wash); }
.mails strong { font-weight: 600; overflow-wrap: anywhere; }
.mails span, .mails time { color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
.mails time { grid-column: 2; grid-row: 1; white-space: nowrap; font-variant-numeric: tabular-nums; }
@media (max-width: 34rem) { .mails a { grid-template-columns: 1fr; } .mails time { grid-column: 1; grid-row: auto; } }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0 0 1.25rem; padding-bottom: 1.25rem; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
`;

const timeForm = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
const time = (at: string): string =>
  `<time datetime="${escapeHtml(at)}">${escapeHtml(timeForm.format(new Date(at)))} UTC</time>`;

const entry = ({ name, to, subject, at }: ListedMail): string =>
  `<li><a href="/mailbox/${encodeURIComponent(name)}"><strong>${escapeHtml(subject)}</strong> <span>To ${escapeHtml(to)}</span> ${time(at)}</a></li>`;

/** The mails of the local mailbox, in the order given. */
export const mailboxPage = (mails: readonly ListedMail[]): Page => {
  const list =
    mails.length === 0
      ? '<p>No mail yet. Invite somebody, then look again.</p>'
      : `<ul class="mails">\n${mails.map(entry).join('\n')}\n</ul>`;
  return pageOf({
    title: 'Mailbox – Grantrail',
    style,
    body: `<main>
<p class="brand">Grantrail</p>
<div class="sheet">
<h1>Mailbox</h1>
<p class="soft">No mail server is set, so mails are kept on this machine and go nowhere. Newest first.</p>
${list}
</div>
</main>`,
  });
};

/** One mail of the local mailbox; the links in it can be clicked. */
export const mailPage = ({ to, subject, at, text }: KeptMail): Page =>
  pageOf({
    title: `${subject} – Mailbox`,
    style,
    body: `<main>
<p class="brand">Grantrail</p>
<p><a href="/mailbox">← All mails</a></p>
<article class="sheet">
<h1>${escapeHtml(subject)}</h1>
<dl><dt>To</dt><dd>${escapeHtml(to)}</dd><dt>Sent</dt><dd>${time(at)}</dd></dl>
<div class="text">${linkedText(text)}</div>
</article>
</main>`,
  });
