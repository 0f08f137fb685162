import { type CanActivate } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Refusal } from '#eventing/refusal.js';
import { type RateLimitConfig } from './config.js';
import { exchangeOf } from './exchange.js';
import { rateLimitOf } from './routes.js';

export type RateLimitName = keyof RateLimitConfig;

/** What is left after a request. */
export interface Remaining {
  readonly limit: RateLimitName;
  /** How many more may come at once. */
  readonly remaining: number;
  /** Until the burst is whole again. */
  readonly resetSeconds: number;
}

/** Counts by limit and key (a caller, an address, an account). Injectable under {@link RATE_LIMITS}. */
export interface RateLimits {
  /**
   * Takes `amount` (1) of a limit; nothing is said where none is configured.
   * @throws Refusal `rate-limited` with `retryAfterSeconds`, having taken nothing
   */
  take(limit: RateLimitName, key: string, amount?: number): Remaining | undefined;
}
export const RATE_LIMITS = Symbol('RateLimits');

/** Beyond so many keys the ones longest unused start anew, so that addresses by the million cost no memory. */
const maxBuckets = 50_000;

/** Token buckets in this process's memory. `now` is in milliseconds and never goes back. */
export const rateLimits = (config: RateLimitConfig, now: () => number = () => performance.now()): RateLimits => {
  const buckets = new LRUCache<string, { tokens: number; at: number }>({ max: maxBuckets });
  return {
    take: (limit, key, amount = 1) => {
      const rate = config[limit];
      if (rate === null) return undefined;
      const at = now();
      const bucketKey = `${limit} ${key}`;
      const bucket = buckets.get(bucketKey) ?? { tokens: rate.burst, at };
      const tokens = Math.min(rate.burst, bucket.tokens + ((at - bucket.at) / 1000) * rate.perSecond);
      const enough = tokens >= amount;
      const left = enough ? tokens - amount : tokens;
      buckets.set(bucketKey, { tokens: left, at });
      const secondsTo = (wanted: number): number => Math.ceil(Math.max(0, wanted - left) / rate.perSecond);
      const resetSeconds = secondsTo(rate.burst);
      if (enough) return { limit, remaining: Math.floor(left), resetSeconds };
      // More than the burst never fits: the whole burst is then the most to wait for.
      const retryAfterSeconds = Math.max(1, secondsTo(Math.min(amount, rate.burst)));
      throw new Refusal('rate-limited', { limit, remaining: Math.floor(left), resetSeconds, retryAfterSeconds });
    },
  };
};

/** `RateLimit` as the IETF draft has it: `"caller";r=199;t=1`. */
export const rateLimitHeader = ({ limit, remaining, resetSeconds }: Remaining): string =>
  `"${limit}";r=${remaining};t=${resetSeconds}`;

/** Counts each request for its caller, or for its address where the route says so; runs once the caller is known. */
export const callerLimitGuard = (limits: RateLimits): CanActivate => ({
  canActivate: (context) => {
    const { caller } = exchangeOf(context.switchToHttp().getRequest<FastifyRequest>());
    if (caller === undefined) return true;
    const left = limits.take(caller.rateLimit ?? 'caller', caller.id);
    if (left !== undefined)
      context.switchToHttp().getResponse<FastifyReply>().header('RateLimit', rateLimitHeader(left));
    return true;
  },
});

/** Counts each request to a `@RateLimit` route for its address; runs before any credentials are looked at. */
export const addressLimitGuard = (limits: RateLimits): CanActivate => ({
  canActivate: (context) => {
    const limit = rateLimitOf(context);
    if (limit === undefined) return true;
    const left = limits.take(limit, context.switchToHttp().getRequest<FastifyRequest>().ip);
    if (left !== undefined)
      context.switchToHttp().getResponse<FastifyReply>().header('RateLimit', rateLimitHeader(left));
    return true;
  },
});
