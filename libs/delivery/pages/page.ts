import { createHash } from 'node:crypto';
import { sharedStyle } from './shared-style.js';

/** A whole page and the policy it is served with: it runs and loads nothing but what stands in it. */
export interface Page {
  readonly html: string;
  /** The value of `Content-Security-Policy`. */
  readonly contentSecurityPolicy: string;
}

export interface PageParts {
  readonly title: string;
  /** HTML; whatever people wrote in it is escaped already. */
  readonly body: string;
  /** CSS beside the shared one. */
  readonly style?: string;
  /** The page's only script; it may ask this server. */
  readonly script?: string;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in HTML, in an element or in a quoted attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? '');

const hashSource = (content: string): string => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;

const icon =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#1f6f5c"/><path d="M4 8.5l3 3 5-7" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>',
  );

const policyOf = (style: string, script: string | undefined): string =>
  [
    "default-src 'none'",
    `style-src ${hashSource(style)}`,
    ...(script === undefined ? [] : [`script-src ${hashSource(script)}`, "connect-src 'self'"]),
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');

/** Lays out a page; its policy allows exactly this style and this script, by their hashes (CSP Level 3, section 2.3.1). */
export const pageOf = ({ title, body, style = '', script }: PageParts): Page => {
  const css = sharedStyle + style;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex, nofollow">
<link rel="icon" href="${icon}">
<title>${escapeHtml(title)}</title>
<style>${css}</style>
</head>
<body>
${body}
${script === undefined ? '' : `<script>${script}</script>\n`}</body>
</html>
`;
  return { html, contentSecurityPolicy: policyOf(css, script) };
};
