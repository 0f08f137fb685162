import { Redis, type RedisOptions } from 'ioredis';
import { StoreUnavailable } from '#eventing/event-store.js';

/** What nobody waits longer for, in milliseconds. */
export const answerMs = 2_000;

const connecting = {
  connectTimeout: answerMs,
  retryStrategy: (times: number) => Math.min(times * 100, 1_000),
  // A replica answers so after a failover; the name leads to the new primary.
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
} satisfies RedisOptions;

/** For questions: answered soon or refused, so that nothing queues up while Redis is away. */
const asking = {
  ...connecting,
  lazyConnect: true,
  maxRetriesPerRequest: 1,
  commandTimeout: answerMs,
  socketTimeout: answerMs + 1_000,
} satisfies RedisOptions;

/** For workers: what they have to say waits for Redis, however long it is away. BullMQ blocks for 10 s at most. */
const working = { ...connecting, maxRetriesPerRequest: null, socketTimeout: 15_000 } satisfies RedisOptions;

/** A connection that asks, opened and found fit to keep jobs. @throws StoreUnavailable in one line without the password */
export const connectedRedis = async (url: string): Promise<Redis> => {
  const at = addressOf(url);
  const redis = new Redis(url, asking);
  let fault: unknown;
  redis.on('error', (error) => (fault = error));
  try {
    await redis.connect();
    assertKeepsJobs(at, await redis.info('memory'));
    return redis;
  } catch (error) {
    cut(redis);
    if (error instanceof StoreUnavailable) throw error;
    throw new StoreUnavailable(`${at} can't be used: ${faultText(fault ?? error)}`);
  }
};

/** A connection of a worker; it finds Redis by itself, again and again. */
export const workingRedis = (url: string): Redis => new Redis(url, working);

/** Ends a connection, and with it whatever waits for it; at once if it is one, else with its next try to become one. */
export const cut = (redis: Redis): void => {
  const { status } = redis;
  if (status === 'end') return;
  redis.options.retryStrategy = null;
  redis.once('connect', () => redis.disconnect());
  // Ended in the middle of a TLS handshake, a socket has a second error, which nobody listens for any more.
  if (status !== 'connecting') redis.disconnect();
  // Between two tries there is nothing that could end: what waits would wait for ever.
  if (status === 'reconnecting') redis.connect().catch(() => undefined);
};

/** How messages call a Redis: without user and password. */
const addressOf = (url: string): string => {
  const { protocol, host } = URL.parse(url) ?? {};
  if ((protocol !== 'redis:' && protocol !== 'rediss:') || !host)
    throw new StoreUnavailable('the address of Redis must be redis://host:port, or rediss://host:port for TLS');
  return `Redis at ${host}`;
};

/** @throws StoreUnavailable where Redis drops keys when its memory is full: they would be jobs */
const assertKeepsJobs = (at: string, info: string): void => {
  const policy = /^maxmemory_policy:(.*?)\r?$/m.exec(info)?.[1];
  if (policy === 'noeviction') return;
  throw new StoreUnavailable(
    `${at} would drop jobs when its memory is full (maxmemory-policy is ${policy ?? 'not told'}): ` +
      'set "maxmemory-policy noeviction" in redis.conf, or run redis-cli CONFIG SET maxmemory-policy noeviction',
  );
};

/** What an error of Redis says. Never the error itself: it carries the command, whose arguments may be the password. */
export const faultText = (error: unknown): string => {
  const { message, code } = error as { readonly message?: string; readonly code?: string };
  return message || code || 'no reason given';
};

const bugs = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

/**
 * The answer of Redis. Errors of the program pass.
 * @throws StoreUnavailable for what the connection or Redis itself says
 */
export const answerOf = async <Answer>(question: Promise<Answer>): Promise<Answer> => {
  try {
    return await question;
  } catch (error) {
    if (bugs.has((error as Error).name)) throw error;
    throw new StoreUnavailable(`Redis: ${faultText(error)}`);
  }
};
