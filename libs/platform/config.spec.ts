import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { ConfigError, readConfig } from './config.js';

const linesOf = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
};

describe('the configuration', () => {
  it('has an answer for everything when nothing is set', () => {
    expect(readConfig({})).toEqual({
      profile: 'embedded',
      parts: { api: true, worker: true },
      engines: null,
      host: '127.0.0.1',
      port: 3000,
      dataDir: resolve('./data'),
      baseUrl: 'http://localhost:3000',
      trustedProxies: [],
      operatorKey: null,
      masterKey: null,
      smtpUrl: null,
      mailFrom: 'Grantrail <grantrail@localhost>',
      mailbox: true,
      logLevel: 'info',
      plans: { names: ['free', 'pro', 'enterprise'], sharing: ['pro', 'enterprise'] },
      rateLimits: {
        caller: { perSecond: 100, burst: 200 },
        platformKey: null,
        applicationKey: null,
        token: null,
        invitations: { perSecond: 1 / 18, burst: 200 },
      },
    });
  });

  it('reads what is set', () => {
    const config = readConfig({
      PORT: '8080',
      HOST: '0.0.0.0',
      GRANTRAIL_DATA_DIR: '/var/lib/grantrail',
      GRANTRAIL_BASE_URL: 'https://grants.example.com/',
      GRANTRAIL_OPERATOR_KEY: `grk_${'k'.repeat(36)}`,
      GRANTRAIL_MASTER_KEY: Buffer.alloc(32).toString('base64'),
      SMTP_URL: 'smtp://localhost:25',
      GRANTRAIL_MAIL_FROM: 'Grants <grants@example.com>',
      LOG_LEVEL: 'debug',
      GRANTRAIL_PLANS: 'basic, gold',
      GRANTRAIL_SHARING_PLANS: 'gold',
      GRANTRAIL_RATE_CALLER: 'none',
      GRANTRAIL_RATE_APPLICATION_KEY: '500/s:1000',
      HOME: '/root',
    });
    expect(config).toMatchObject({
      port: 8080,
      host: '0.0.0.0',
      dataDir: '/var/lib/grantrail',
      baseUrl: 'https://grants.example.com',
      mailFrom: 'Grants <grants@example.com>',
      mailbox: false,
      plans: { names: ['basic', 'gold'], sharing: ['gold'] },
      rateLimits: { caller: null, applicationKey: { perSecond: 500, burst: 1000 } },
    });
  });

  const distributed = {
    GRANTRAIL_PROFILE: 'distributed',
    GRANTRAIL_EVENTSTOREDB_URL: 'esdb://events:2113?tls=false',
    GRANTRAIL_MONGODB_URL: 'mongodb://mongo/grantrail',
    GRANTRAIL_REDIS_URL: 'rediss://redis:6379',
    GRANTRAIL_MASTER_KEY: Buffer.alloc(32).toString('base64'),
  };

  it('reads where the engines of the distributed profile are, and what the process does', () => {
    expect(readConfig(distributed)).toMatchObject({
      profile: 'distributed',
      parts: { api: true, worker: true },
      engines: {
        eventStoreDb: 'esdb://events:2113?tls=false',
        mongoDb: 'mongodb://mongo/grantrail',
        vault: null,
        redis: 'rediss://redis:6379',
      },
    });
    expect(readConfig({ ...distributed, GRANTRAIL_PARTS: 'worker' }).parts).toEqual({ api: false, worker: true });
  });

  it('names what the distributed profile lacks, and what the embedded one has no use for', () => {
    const lines = linesOf({
      GRANTRAIL_PROFILE: 'distributed',
      GRANTRAIL_MONGODB_URL: 'postgres://x',
      GRANTRAIL_PARTS: 'web',
    });
    expect(lines.map((line) => line.split(':')[0]).sort()).toEqual([
      'GRANTRAIL_EVENTSTOREDB_URL',
      'GRANTRAIL_MASTER_KEY',
      'GRANTRAIL_MONGODB_URL',
      'GRANTRAIL_PARTS',
      'GRANTRAIL_REDIS_URL',
    ]);
    const { GRANTRAIL_REDIS_URL, GRANTRAIL_MASTER_KEY } = distributed;
    const embedded = linesOf({ GRANTRAIL_REDIS_URL, GRANTRAIL_MASTER_KEY, GRANTRAIL_PARTS: 'api' });
    expect(embedded.map((line) => line.split(':')[0]).sort()).toEqual(['GRANTRAIL_PARTS', 'GRANTRAIL_REDIS_URL']);
  });

  it('takes addresses and networks of reverse proxies, and nothing else', () => {
    const GRANTRAIL_TRUSTED_PROXIES = '10.0.0.7, 172.16.0.0/12, fd00::/8';
    expect(readConfig({ GRANTRAIL_TRUSTED_PROXIES }).trustedProxies).toEqual(['10.0.0.7', '172.16.0.0/12', 'fd00::/8']);
    for (const wrong of ['proxy', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/', '10.0.0.1,', '*', 'true', '1'])
      expect(linesOf({ GRANTRAIL_TRUSTED_PROXIES: wrong })).toEqual([
        expect.stringMatching(/^GRANTRAIL_TRUSTED_PROXIES: /),
      ]);
  });

  it('links to the port that is set, and takes empty variables as absent', () => {
    expect(readConfig({ PORT: '4000', GRANTRAIL_BASE_URL: '', LOG_LEVEL: ' ' }).baseUrl).toBe('http://localhost:4000');
  });

  it('names every problem at once, one line each, without the secret', () => {
    const lines = linesOf({
      PORT: '70000',
      GRANTRAIL_OPERATOR_KEY: 'grk_short',
      GRANTRAIL_MASTER_KEY: 'secret-but-short',
      GRANTRAIL_BASE_URL: 'grants.example.com',
      SMTP_URL: 'http://mail',
      LOG_LEVEL: 'loud',
      GRANTRAIL_PROFILE: 'cluster',
      GRANTRAIL_PLANS: 'free,free',
      GRANTRAIL_SHARING_PLANS: 'gold',
      GRANTRAIL_RATE_TOKEN: 'often',
      GRANTRAIL_MAIL_FORM: 'x@example.com',
    });
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'PORT',
      'GRANTRAIL_BASE_URL',
      'GRANTRAIL_PLANS',
      'GRANTRAIL_SHARING_PLANS',
      'GRANTRAIL_PROFILE',
      'GRANTRAIL_OPERATOR_KEY',
      'GRANTRAIL_MASTER_KEY',
      'SMTP_URL',
      'LOG_LEVEL',
      'GRANTRAIL_RATE_TOKEN',
      'GRANTRAIL_MAIL_FORM',
    ]);
    expect(lines.join()).not.toMatch(/\n|short|http:\/\/mail/);
  });

  it('wants a sender where mails are sent', () => {
    expect(linesOf({ SMTP_URL: 'smtp://localhost' })).toEqual([
      'GRANTRAIL_MAIL_FROM: name the sender of mails, since SMTP_URL is set',
    ]);
  });

  it('shows mails and leaves their tokens unlimited only where nobody else can connect and no mail server is set', () => {
    const tenAMinute = { perSecond: 1 / 6, burst: 10 };
    expect(readConfig({ HOST: '::1' })).toMatchObject({ mailbox: true, rateLimits: { token: null } });
    expect(readConfig({ HOST: '0.0.0.0' })).toMatchObject({ mailbox: false, rateLimits: { token: tenAMinute } });
    const mailed = { SMTP_URL: 'smtp://mail.example.com', GRANTRAIL_MAIL_FROM: 'grants@example.com' };
    expect(readConfig(mailed)).toMatchObject({ mailbox: false, rateLimits: { token: tenAMinute } });
  });

  it('takes no notice of what the command line is told in the same shell', () => {
    expect(() => readConfig({ GRANTRAIL_URL: 'http://localhost:3000', GRANTRAIL_KEY: 'grk_x' })).not.toThrow();
  });
});
