/**
 * What the invitation page does in the browser: reads the token behind the `#`, looks the invitation up, answers it.
 * What it shows is only ever set as text. An answer keeps its Idempotency-Key for the tab, so that trying again after a
 * lost connection is the same answer.
 */
export const invitationScript = String.raw`
'use strict';
(() => {
  const at = (id) => document.getElementById(id);
  const parts = ['facts', 'note', 'answer', 'confirm', 'again'];
  let token = '';
  let invitation = null;
  let busy = false;

  const show = (title, lead, ...visible) => {
    at('title').textContent = title;
    at('lead').textContent = lead;
    at('problem').textContent = '';
    document.title = title + ' – Grantrail';
    for (const id of parts) at(id).hidden = !visible.includes(id);
    at('sheet').setAttribute('aria-busy', 'false');
    at('title').focus();
  };

  const list = (id, names) => {
    at(id + '-row').hidden = names.length === 0;
    at(id).replaceChildren(...names.map((name) => {
      const item = document.createElement('li');
      item.textContent = name;
      return item;
    }));
  };

  const when = (time) =>
    new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' }).format(new Date(time));

  /** crypto.randomUUID is not there on plain http. */
  const randomKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

  const keyOf = (verb) => {
    const name = 'grantrail ' + verb + ' ' + token.slice(0, 8);
    try {
      const kept = sessionStorage.getItem(name) ?? randomKey();
      sessionStorage.setItem(name, kept);
      return kept;
    } catch {
      return randomKey();
    }
  };

  const ask = async (verb, body, headers) => {
    const response = await fetch('/v1/invitations/' + verb, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
      body: JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(20000),
    });
    const answer = await response.json().catch(() => ({}));
    return response.ok ? answer : Promise.reject({ code: answer.code ?? '', currentStatus: answer.currentStatus, retryAfter: response.headers.get('Retry-After') });
  };

  const inviter = () => invitation?.invitedBy || 'whoever invited you';
  const account = () => invitation?.accountName || 'the account';

  const closed = {
    accepted: () => show('Already accepted', 'You joined ' + account() + ' with this invitation. Sign in to your applications as usual.'),
    declined: () => show('Already declined', 'This invitation was declined. If you changed your mind, ask ' + inviter() + ' for a new one.'),
    revoked: () => show('Taken back', inviter() === 'whoever invited you' ? 'This invitation was taken back.' : 'This invitation to ' + account() + ' was taken back. ' + inviter() + ' can tell you more.'),
    expired: () => show('Expired', (invitation?.expiresAt ? 'This invitation stood until ' + when(invitation.expiresAt) + '. ' : 'The time of this invitation is over. ') + 'Ask ' + inviter() + ' for a new one.'),
  };

  const close = (status) => (closed[status] ?? (() => show('No longer open', 'This invitation can no longer be answered. Ask ' + inviter() + ' for a new one.')))();

  const waiting = (retryAfter) => {
    const seconds = Number(retryAfter);
    return seconds > 0 ? 'Wait ' + (seconds === 1 ? 'a second' : seconds + ' seconds') + ', then try again.' : 'Try again in a moment.';
  };

  /** Shows what a refusal means; false for one after which trying again makes sense. */
  const ended = ({ code, currentStatus }) => {
    if (code === 'invitation-not-found')
      show('Invitation not found', 'This link opens nothing. If you got a newer mail, use the link in that one, for it ends older links.');
    else if (code === 'invitation-not-pending') close(currentStatus);
    else if (code === 'idempotency-key-reused') show('Already answered', 'Your answer had arrived before. Open the link of the mail again to see what became of it.');
    else if (code === 'account-suspended') show('Not now', account() + ' is suspended at the moment. Ask ' + inviter() + ' when to try again.');
    else if (code === 'account-closed') show('Account closed', account() + ' was closed, so nobody can join it any more.');
    else return false;
    return true;
  };

  const reasonOf = ({ code, retryAfter, name }) => {
    if (code === 'rate-limited') return 'Too many tries from your address. ' + waiting(retryAfter);
    if (code === 'sign-in-required') return account() + ' wants you to sign in with its own sign-in first. Sign in there, then open this link again.';
    if (code === 'invitation-for-another-user') return 'This invitation is for another person.';
    if (code === 'invalid-request') return 'The name can\'t be taken as it is. Use up to 100 letters for each part.';
    if (code || name === undefined) return 'The server can\'t answer right now. ' + waiting(retryAfter);
    return 'The server can\'t be reached. Check your connection, then try again.';
  };

  const fill = () => {
    at('account').textContent = invitation.accountName;
    at('inviter').textContent = invitation.invitedBy;
    at('role').textContent = invitation.role;
    at('email').textContent = invitation.email;
    at('expires').dateTime = invitation.expiresAt;
    at('expires').textContent = when(invitation.expiresAt);
    list('applications', invitation.applications);
    list('lost', invitation.lost);
    at('note').textContent = invitation.signInRequired ? 'This account wants its own sign-in: sign in there first, then accept.' : '';
  };

  const offer = () => {
    const note = invitation.signInRequired ? ['note'] : [];
    const lead = invitation.applications.length > 0 ? 'Accept to join and use the applications below.' : 'Accept to join.';
    show(invitation.invitedBy + ' invites you to ' + invitation.accountName, lead, 'facts', 'answer', ...note);
  };

  const lookUp = async () => {
    if (busy) return;
    busy = true;
    invitation = null;
    at('sheet').setAttribute('aria-busy', 'true');
    try {
      invitation = await ask('lookup', { token });
      fill();
      if (invitation.status === 'pending') offer();
      else close(invitation.status);
    } catch (refused) {
      if (!ended(refused)) show('Your invitation can\'t be shown yet', reasonOf(refused), 'again');
    } finally {
      busy = false;
    }
  };

  const joined = (receipt) => {
    const lost = receipt.lostApplicationIds ?? [];
    const got = (receipt.applicationIds ?? []).length;
    const named = lost.length === invitation.lost.length ? ': ' + invitation.lost.join(', ') : '';
    at('note').textContent = lost.length === 1
      ? 'One application was taken back before you accepted and is not among them' + named + '.'
      : lost.length + ' applications were taken back before you accepted and are not among them' + named + '.';
    const use = got === 0 ? '' : got === 1 ? ' You can use one application now.' : ' You can use ' + got + ' applications now.';
    show('Welcome to ' + invitation.accountName, 'You joined as ' + invitation.role + '.' + use + ' You can close this page.', ...(lost.length > 0 ? ['note'] : []));
  };

  const send = async (button, verb, body, done) => {
    if (busy) return;
    busy = true;
    at('problem').textContent = '';
    button.setAttribute('aria-disabled', 'true');
    try {
      done(await ask(verb, { token, ...body }, { 'Idempotency-Key': keyOf(verb) }));
    } catch (refused) {
      if (!ended(refused)) at('problem').textContent = reasonOf(refused);
    } finally {
      busy = false;
      button.removeAttribute('aria-disabled');
    }
  };

  at('answer').addEventListener('submit', (event) => {
    event.preventDefault();
    const names = { firstName: at('first').value.trim(), lastName: at('last').value.trim() };
    void send(at('accept'), 'accept', Object.fromEntries(Object.entries(names).filter(([, name]) => name !== '')), joined);
  });
  at('decline').addEventListener('click', () => {
    at('problem').textContent = '';
    at('answer').hidden = true;
    at('confirm').hidden = false;
    at('really').focus();
  });
  at('back').addEventListener('click', () => {
    at('confirm').hidden = true;
    at('answer').hidden = false;
    at('decline').focus();
  });
  at('really').addEventListener('click', () => {
    void send(at('really'), 'decline', {}, () => show('Declined', 'You declined the invitation to ' + account() + '. Nothing else is to do.'));
  });
  at('retry').addEventListener('click', () => void lookUp());

  const open = () => {
    token = location.hash.slice(1);
    if (/^[\w-]{43}$/.test(token)) void lookUp();
    else show('This link is not complete', 'Open the link in your mail again, or copy the whole of it, up to its last letter.');
  };
  addEventListener('hashchange', open);
  open();
})();
`;
