import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Script } from 'node:vm';
import { invitationPage } from './invitation-page.js';
import { linkedText } from './linked-text.js';
import { mailboxPage, mailPage } from './mailbox-pages.js';
import type { Page } from './page.js';

const hostile = `<img src=x onerror="alert('1')">&`;
const mail = { to: hostile, subject: hostile, at: '2027-03-14T09:15:00.123Z', text: hostile };

const within = (html: string, tag: string): string[] =>
  [...html.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))].map(([, content]) => content ?? '');

const pages: readonly (readonly [string, Page])[] = [
  ['the empty mailbox', mailboxPage([])],
  ['the mailbox', mailboxPage([{ name: `20270314T091500123Z-${'a'.repeat(32)}`, ...mail }])],
  ['a mail', mailPage(mail)],
  ['the invitation', invitationPage()],
];

describe.each(pages)('the page of %s', (_, { html, contentSecurityPolicy }) => {
  it('runs and styles itself with nothing but what its policy names', () => {
    const inline = [...within(html, 'style'), ...within(html, 'script')];
    const allowed = [...contentSecurityPolicy.matchAll(/'(sha256-[^']+)'/g)].map(([, hash]) => hash);
    expect(allowed).toEqual(inline.map((content) => `sha256-${createHash('sha256').update(content).digest('base64')}`));
    expect(contentSecurityPolicy).toMatch(/^default-src 'none';/);
    expect(contentSecurityPolicy).not.toMatch(/unsafe|https?:|\*/);
  });

  it('has no handler, no style and no source of its own in an attribute', () => {
    const outside = html.replace(/<(style|script)>[^]*?<\/\1>/g, '');
    expect(outside).not.toMatch(/<[^>]*\s(?:on\w+|style|src)\s*=/);
    expect([...outside.matchAll(/<link[^>]*>/g)]).toHaveLength(1);
    expect(outside).toContain('<link rel="icon" href="data:');
  });

  it('says its language, its title and one heading', () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(within(html, 'title')).toHaveLength(1);
    expect(html.match(/<h1[ >]/g)).toHaveLength(1);
  });
});

describe('what people wrote in a mail', () => {
  it.each(pages.slice(1, 3))('is text in %s', (_, { html }) => {
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;');
  });

  it('has its web addresses as links, without what ends the sentence', () => {
    expect(
      linkedText(`Accept: http://localhost:3000/invitation#${'t'.repeat(43)}\n\n(see https://a.example/?b=1&c=2).`),
    ).toBe(
      `Accept: <a href="http://localhost:3000/invitation#${'t'.repeat(43)}" rel="noopener noreferrer">http://localhost:3000/invitation#${'t'.repeat(43)}</a>\n\n` +
        '(see <a href="https://a.example/?b=1&amp;c=2" rel="noopener noreferrer">https://a.example/?b=1&amp;c=2</a>).',
    );
  });

  it.each(['javascript:alert(1)', 'data:text/html,<script>', 'http://', 'https://[::', 'ftp://a.example'])(
    'has no link to %s',
    (text) => expect(linkedText(text)).not.toContain('<a '),
  );

  it('can break out of no link', () => {
    expect(linkedText('https://a.example/"onmouseover="x <b>')).toBe(
      '<a href="https://a.example/" rel="noopener noreferrer">https://a.example/</a>&quot;onmouseover=&quot;x &lt;b&gt;',
    );
  });
});

describe('the script of the invitation', () => {
  const [script = ''] = within(invitationPage().html, 'script');

  it('is a script, and refers to elements that there are', () => {
    expect(() => new Script(script)).not.toThrow();
    const ids = new Set([...invitationPage().html.matchAll(/ id="([\w-]+)"/g)].map(([, id]) => id));
    const referred = [...script.matchAll(/\bat\('([\w-]+)'\)/g)].map(([, id]) => id);
    expect(referred.length).toBeGreaterThan(10);
    expect(referred.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('sets what it shows as text only', () => {
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval/);
  });
});
