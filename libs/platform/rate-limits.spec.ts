import { describe, expect, it } from '@jest/globals';
import { Refusal } from '#eventing/refusal.js';
import { readConfig } from './config.js';
import { parseRate } from './rate.js';
import { rateLimits } from './rate-limits.js';
import { keys } from './testing/sample-product.js';
import { serve } from './testing/serve.js';

const none = { caller: null, platformKey: null, applicationKey: null, token: null, invitations: null };
const refusalOf = (take: () => unknown): Refusal => {
  try {
    take();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('taken');
};

describe('a rate', () => {
  it('is written as requests per time, with a burst', () => {
    expect(parseRate('100/s:200')).toEqual({ perSecond: 100, burst: 200 });
    expect(parseRate('6/min')).toEqual({ perSecond: 0.1, burst: 6 });
    expect(parseRate('none')).toBeNull();
    for (const text of ['', '0/s', '5/s:0', '5', '5/day', '-1/s', '1.5/s']) expect(parseRate(text)).toBeUndefined();
  });
});

describe('a limit', () => {
  it('gives a burst at once, then as fast as its rate, each key for itself', () => {
    let now = 0;
    const limits = rateLimits({ ...none, caller: { perSecond: 2, burst: 3 } }, () => now);
    expect([1, 2, 3].map(() => limits.take('caller', 'ann')?.remaining)).toEqual([2, 1, 0]);
    const refused = refusalOf(() => limits.take('caller', 'ann'));
    expect([refused.code, refused.details]).toEqual([
      'rate-limited',
      { limit: 'caller', remaining: 0, resetSeconds: 2, retryAfterSeconds: 1 },
    ]);
    expect(limits.take('caller', 'bob')?.remaining).toBe(2);
    now = 500;
    expect(limits.take('caller', 'ann')?.remaining).toBe(0);
    now = 60_000;
    expect(limits.take('caller', 'ann')?.remaining).toBe(2);
  });

  it('takes several at once or nothing', () => {
    const limits = rateLimits({ ...none, invitations: { perSecond: 0.1, burst: 10 } }, () => 0);
    expect(limits.take('invitations', 'acc', 8)?.remaining).toBe(2);
    expect(refusalOf(() => limits.take('invitations', 'acc', 3)).details).toMatchObject({
      remaining: 2,
      retryAfterSeconds: 10,
    });
    expect(limits.take('invitations', 'acc', 2)?.remaining).toBe(0);
  });

  it('that is not configured takes everything', () => {
    expect(rateLimits(none).take('token', 'any', 1e9)).toBeUndefined();
  });

  it('keeps a bounded number of keys', () => {
    const limits = rateLimits({ ...none, token: { perSecond: 1, burst: 1 } }, () => 0);
    for (let address = 0; address <= 50_000; address += 1) limits.take('token', String(address));
    expect(limits.take('token', '0')?.remaining).toBe(0);
    expect(() => limits.take('token', '50000')).toThrow(Refusal);
  });
});

describe('requests', () => {
  it('are counted for their caller, and for their address where the route says so', async () => {
    const rates = { ...none, caller: { perSecond: 0.01, burst: 2 }, token: { perSecond: 0.1, burst: 1 } };
    const served = await serve({ rateLimits: rates });
    const person = await served.ask('/v1/shelves');
    expect(person.headers.get('ratelimit')).toBe('"caller";r=1;t=100');
    await served.ask('/v1/shelves');
    const refused = await served.ask('/v1/shelves');
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('ratelimit')]).toEqual([
      429,
      '100',
      '"caller";r=0;t=200',
    ]);
    expect(await refused.json()).toMatchObject({ code: 'rate-limited' });
    expect((await served.ask('/v1/shelves', { bearer: keys.platform })).headers.get('ratelimit')).toBeNull();
    const lookUp = (): Promise<Response> => served.ask('/v1/shelves/lookup', { method: 'POST', bearer: null });
    expect((await lookUp()).status).toBe(200);
    const again = await lookUp();
    expect([again.status, again.headers.get('retry-after')]).toEqual([429, '10']);
    const forwarded = await served.ask('/v1/shelves/lookup', {
      method: 'POST',
      headers: { 'X-Forwarded-For': '10.0.0.1' },
    });
    expect(forwarded.status).toBe(429);
    await served.app.close();
  });

  it('are counted for the address that a trusted reverse proxy names, and nobody before it', async () => {
    const rates = { ...none, token: { perSecond: 0.1, burst: 1 } };
    const served = await serve({ rateLimits: rates, trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] });
    const lookUp = async (forwardedFor: string): Promise<number> => {
      const headers = { 'X-Forwarded-For': forwardedFor };
      return (await served.ask('/v1/shelves/lookup', { method: 'POST', bearer: null, headers })).status;
    };
    expect(await lookUp('192.0.2.1')).toBe(200);
    expect(await lookUp('192.0.2.2')).toBe(200);
    expect(await lookUp('192.0.2.1, 10.1.1.1')).toBe(429);
    // What a client says of itself comes before what the first trusted proxy saw.
    expect(await lookUp('192.0.2.9, 192.0.2.2')).toBe(429);
    await served.app.close();
  });

  it('are limited to 10 a minute with a mailed token by default, where others can connect', () => {
    const limits = rateLimits(readConfig({ HOST: '0.0.0.0' }).rateLimits, () => 0);
    for (let count = 0; count < 10; count += 1) limits.take('token', '127.0.0.1');
    expect(refusalOf(() => limits.take('token', '127.0.0.1')).details).toMatchObject({ retryAfterSeconds: 6 });
  });
});
