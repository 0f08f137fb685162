import { describe, expect, it } from '@jest/globals';
import { invitationMail, type Invitation } from './invitation-mail.js';

const invitation: Invitation = {
  accountName: 'Acme & Söhne',
  inviterName: 'Olga Owner',
  roleTitle: 'Staff',
  applicationNames: ['Billing', 'Tickets <beta>'],
  acceptUrl: 'https://grantrail.example/invitation?a=1&b=2#tok_en-1',
  declineUrl: 'https://grantrail.example/decline#tok_en-1',
  expiresAt: '2027-03-21T09:15:00.000Z',
};

describe('the invitation mail', () => {
  it('says who invites to what, until when, and how to accept', () => {
    const { subject, text } = invitationMail(invitation);
    expect(subject).toBe('Olga Owner invites you to Acme & Söhne');
    expect(text).toBe(
      [
        'Olga Owner invites you to join Acme & Söhne as Staff.',
        'With it you may use:\n- Billing\n- Tickets <beta>',
        'Accept: https://grantrail.example/invitation?a=1&b=2#tok_en-1',
        'Decline: https://grantrail.example/decline#tok_en-1',
        'The invitation is for you alone and stands until 21 March 2027 at 09:15 UTC.',
        'If you did not expect it, you need not do anything.\n',
      ].join('\n\n'),
    );
  });

  it('says the same in HTML, escaped', () => {
    const { html } = invitationMail(invitation);
    expect(html).toContain('Olga Owner invites you to join Acme &amp; Söhne as Staff.');
    expect(html).toContain('<ul><li>Billing</li><li>Tickets &lt;beta&gt;</li></ul>');
    expect(html).toContain('<a href="https://grantrail.example/invitation?a=1&amp;b=2#tok_en-1">');
    expect(html).toContain('<a href="https://grantrail.example/decline#tok_en-1">Decline</a>');
  });

  it('leaves out what there is not', () => {
    const { declineUrl: _, ...withoutDecline } = invitation;
    const { text, html } = invitationMail({ ...withoutDecline, applicationNames: [] });
    expect(text).not.toMatch(/Decline|you may use/);
    expect(html).not.toMatch(/Decline|you may use|<ul>/);
  });

  it('lets no name become markup, another line, or turn the text round', () => {
    const bad = '<script>"\'&\r\nBcc: eve@example.com\u202Etxt\u0000';
    const { subject, text, html } = invitationMail({
      ...invitation,
      accountName: bad,
      inviterName: bad,
      roleTitle: bad,
      applicationNames: [bad],
    });
    // eslint-disable-next-line no-control-regex -- these are what must not be there
    expect(subject).not.toMatch(/[\u0000-\u001f\u202e]/);
    // eslint-disable-next-line no-control-regex -- these are what must not be there
    expect(text).not.toMatch(/[\u0000\r\u202e]|^Bcc/m);
    expect(html).not.toMatch(/<script|&\s|^Bcc/m);
    expect(html).toContain('&lt;script&gt;&quot;&#39;&amp; Bcc: eve@example.com txt');
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'no address'])('takes no link to %j', (url) => {
    expect(() => invitationMail({ ...invitation, acceptUrl: url })).toThrow(TypeError);
    expect(() => invitationMail({ ...invitation, declineUrl: url })).toThrow(TypeError);
  });
});
