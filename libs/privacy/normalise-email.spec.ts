import { describe, expect, it } from '@jest/globals';
import { normaliseEmail } from './normalise-email.js';

describe('a normalised e-mail', () => {
  it.each([
    [' Ann@Example.COM ', 'ann@example.com'],
    ['ＡＮＮ@example.com', 'ann@example.com'],
    ['zoe\u0308@example.com', 'zo\u00eb@example.com'],
    ['\u00a0ann@example.com\u3000', 'ann@example.com'],
  ])('of %j is %j', (typed, normalised) => {
    expect(normaliseEmail(typed)).toBe(normalised);
    expect(normaliseEmail(normalised)).toBe(normalised);
  });
});
