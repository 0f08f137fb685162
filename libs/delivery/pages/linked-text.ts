import { escapeHtml } from './page.js';

const address = /https?:\/\/[^\s<>"']+/g;
/** What ends a sentence rather than an address. */
const trailing = /[.,;:!?)\]]+$/;

/** Text as HTML: escaped, with its web addresses clickable. */
export const linkedText = (text: string): string => {
  const parts: string[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(address)) {
    const url = found.replace(trailing, '');
    const parsed = URL.parse(url);
    if (parsed === null) continue;
    parts.push(escapeHtml(text.slice(end, index)));
    parts.push(`<a href="${escapeHtml(parsed.href)}" rel="noopener noreferrer">${escapeHtml(url)}</a>`);
    end = index + url.length;
  }
  return parts.join('') + escapeHtml(text.slice(end));
};
