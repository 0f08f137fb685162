import { describe, expect, it } from '@jest/globals';
import { isEmail as asElsewhere } from 'class-validator';
import { isEmail } from './email.js';

describe('an e-mail address', () => {
  it.each([
    'ann@acme.example',
    'a.b+c@sub.acme.co',
    "o'hara_9@x-y.io",
    'ånn@münchen.de',
    'ann@xn--mnchen-3ya.de',
    'ann@acme😀.example',
  ])('is %s', (text) => expect([isEmail(text), asElsewhere(text)]).toEqual([true, true]));

  it.each([
    '',
    'ann',
    '@acme.example',
    'ann@',
    'ann@acme',
    'ann@acme.e',
    'ann@acme.123',
    'ann@127.0.0.1',
    'ann@[127.0.0.1]',
    'ann@-acme.example',
    'ann@acme-.example',
    'ann@ac_me.example',
    'ann@acme..example',
    'ann@acme.example.',
    '.ann@acme.example',
    'ann.@acme.example',
    'a..b@acme.example',
    'a b@acme.example',
    'a@b@acme.example',
    `${'a'.repeat(65)}@acme.example`,
    `ann@${'a'.repeat(64)}.example`,
    `ann@${'a.'.repeat(126)}example`,
    'ann@ａcme.example',
    'a😀@acme.example',
  ])('is not %s', (text) => expect([isEmail(text), asElsewhere(text)]).toEqual([false, false]));
});
