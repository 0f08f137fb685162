import { describe, expect, it } from '@jest/globals';
import { openText, sealText } from './sealed-text.js';

const key = new Uint8Array(32).fill(1);
const text = JSON.stringify({ position: '00000000000000000042', after: ['ann@example.com', 'usr_ä'] });

describe('sealed text', () => {
  it('opens with its key, and shows nothing of what is in it', () => {
    const sealed = sealText(key, text);
    expect(sealed).toMatch(/^[\w-]+$/);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('ann');
    expect(openText(key, sealed)).toBe(text);
    expect(sealText(key, text)).not.toBe(sealed);
  });

  it('does not open when any byte was changed', () => {
    const bytes = Buffer.from(sealText(key, text), 'base64url');
    for (const at of bytes.keys()) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(openText(key, Buffer.from(changed).toString('base64url'))).toBeUndefined();
    }
  });

  it.each(['', 'a', 'abc', 'not base64url!', '='.repeat(100), 'A'.repeat(100), text])('does not open %j', (forged) => {
    expect(openText(key, forged)).toBeUndefined();
  });

  it('does not open with another key, cut, or with something behind it', () => {
    const sealed = sealText(key, text);
    expect(openText(new Uint8Array(32).fill(2), sealed)).toBeUndefined();
    expect(openText(key, sealed.slice(0, -4))).toBeUndefined();
    expect(openText(key, `${sealed}AAAA`)).toBeUndefined();
    expect(openText(key, `${sealed}.`)).toBeUndefined();
  });
});
