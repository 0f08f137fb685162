import { invitationScript } from './invitation-script.js';
import { type Page, pageOf } from './page.js';

const style = `
main { max-width: 34rem; }
h1:focus { outline: none; }
dl { margin: 1.25rem 0; border-top: 1px solid var(--line); }
dl div { display: grid; grid-template-columns: 8rem 1fr; gap: .1rem 1rem; padding: .6rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
dd ul { margin: 0; padding: 0; list-style: none; }
fieldset { margin: 0 0 1rem; padding: 0; border: 0; min-width: 0; }
legend { padding: 0; font-weight: 600; }
.names { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; margin-top: .5rem; }
label { display: block; color: var(--soft); font-size: .9rem; }
input { width: 100%; margin-top: .2rem; padding: .6rem .7rem; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--soft); border-radius: .5rem; }
.hint { margin: .4rem 0 0; color: var(--soft); font-size: .9rem; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; }
button { flex: 1 1 9rem; min-height: 2.9rem; padding: .6rem 1.2rem; font: inherit; font-weight: 600; cursor: pointer; color: var(--ink); background: transparent; border: 1px solid var(--soft); border-radius: .5rem; }
button.main { color: var(--accent-ink); background: var(--accent); border-color: var(--accent); }
button[aria-disabled="true"] { opacity: .6; cursor: progress; }
.problem { padding: .7rem .9rem; border-radius: .5rem; color: var(--alarm); background: var(--alarm-wash); }
.problem:empty { display: none; }
.note { padding: .7rem .9rem; border-radius: .5rem; background: var(--wash); }
@media (max-width: 30rem) { dl div, .names { grid-template-columns: 1fr; } }
`;

const body = `<main>
<p class="brand">Grantrail</p>
<div class="sheet" id="sheet" aria-busy="true">
<h1 id="title" tabindex="-1">Reading your invitation…</h1>
<p id="lead"></p>
<dl id="facts" hidden>
<div><dt>Account</dt><dd id="account"></dd></div>
<div><dt>Invited by</dt><dd id="inviter"></dd></div>
<div><dt>Your role</dt><dd id="role"></dd></div>
<div id="applications-row"><dt>Applications</dt><dd><ul id="applications"></ul></dd></div>
<div id="lost-row"><dt>Taken back</dt><dd><ul id="lost"></ul></dd></div>
<div><dt>Sent to</dt><dd id="email"></dd></div>
<div><dt>Stands until</dt><dd><time id="expires"></time></dd></div>
</dl>
<p class="note" id="note" hidden></p>
<p class="problem" id="problem" role="alert"></p>
<form id="answer" hidden novalidate>
<fieldset aria-describedby="hint">
<legend>Your name</legend>
<div class="names">
<label>First name <input id="first" autocomplete="given-name" maxlength="100"></label>
<label>Last name <input id="last" autocomplete="family-name" maxlength="100"></label>
</div>
<p class="hint" id="hint">Leave it empty to keep the name you were invited with.</p>
</fieldset>
<div class="buttons"><button class="main" id="accept">Accept</button><button type="button" id="decline">Decline</button></div>
</form>
<div id="confirm" role="group" aria-labelledby="question" hidden>
<p id="question"><strong>Decline this invitation?</strong> To join later you would need a new one.</p>
<div class="buttons"><button type="button" class="main" id="really">Yes, decline</button><button type="button" id="back">Back</button></div>
</div>
<div class="buttons" id="again" hidden><button type="button" class="main" id="retry">Try again</button></div>
<noscript><p class="problem">To read and answer your invitation, this page needs JavaScript.</p></noscript>
</div>
</main>`;

/** The page behind the link of an invitation's mail. It is the same for everybody: the token stays behind the `#`, in the browser. */
export const invitationPage = (): Page =>
  pageOf({ title: 'Your invitation – Grantrail', style, body, script: invitationScript });
