import { describe, expect, it } from '@jest/globals';
import { isLoopbackHost } from './loopback-host.js';

describe('a Host header', () => {
  it.each([
    'localhost',
    'LOCALHOST:3000',
    'grantrail.localhost:3000',
    '127.0.0.1',
    '127.0.0.1:3000',
    '127.8.9.1',
    '[::1]',
    '[::1]:3000',
  ])('of this machine: %s', (host) => expect(isLoopbackHost(host)).toBe(true));

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'notlocalhost',
    '.localhost',
    '10.0.0.1',
    '[::2]',
    '0.0.0.0',
    'localhost:3000@evil.example',
    'evil.example/localhost',
  ])('of anything else: %s', (host) => expect(isLoopbackHost(host)).toBe(false));
});
