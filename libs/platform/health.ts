import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { scrub } from './logging.js';
import { Public } from './routes.js';

/** Whether some part is ready to serve; `detail` says why not, without personal data. */
export interface Health {
  readonly ok: boolean;
  readonly detail: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, Health>>;
}

/** What must be well before requests are sent here. Injectable under {@link HEALTH_CHECKS}. */
export interface HealthChecks {
  /** `vital` (default): without it requests must not be sent here; what else is not well is only told. */
  register(name: string, check: () => Promise<Health>, options?: { readonly vital?: boolean }): void;
  run(): Promise<Readiness>;
}
export const HEALTH_CHECKS = Symbol('HealthChecks');

/** Aborted once the server begins to close: long answers end themselves, and the server is no longer ready. */
export const CLOSING = Symbol('Closing');

const patienceMs = 2_000;

const inTime = async (check: () => Promise<Health>): Promise<Health> => {
  const { promise: late, resolve } = Promise.withResolvers<Health>();
  const timer = setTimeout(() => resolve({ ok: false, detail: `did not answer within ${patienceMs} ms` }), patienceMs);
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    // Whatever a check throws is an answer: this part is not well.
    return { ok: false, detail: scrub(error instanceof Error ? error.message : 'failed') };
  } finally {
    clearTimeout(timer);
  }
};

/** Checks by name; all run at once, each with 2 s to answer. */
export const healthChecks = (): HealthChecks => {
  const checks = new Map<string, { readonly check: () => Promise<Health>; readonly vital: boolean }>();
  return {
    register: (name, check, { vital = true } = {}) => {
      if (checks.has(name)) throw new Error(`there is a health check ${name} already`);
      checks.set(name, { check, vital });
    },
    run: async () => {
      const results = await Promise.all(
        [...checks].map(async ([name, { check, vital }]) => ({ name, vital, health: await inTime(check) })),
      );
      return {
        ready: results.every(({ health, vital }) => health.ok || !vital),
        checks: Object.fromEntries(results.map(({ name, health }) => [name, health])),
      };
    },
  };
};

@ApiExcludeController()
@Controller('health')
export class HealthController {
  readonly #checks: HealthChecks;
  readonly #closing: AbortSignal;
  constructor(@Inject(HEALTH_CHECKS) checks: HealthChecks, @Inject(CLOSING) closing: AbortSignal) {
    this.#checks = checks;
    this.#closing = closing;
  }

  @Get('live')
  @Public()
  live(): { live: true } {
    return { live: true };
  }

  @Get('ready')
  @Public()
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const { ready, checks } = await this.#checks.run();
    if (!this.#closing.aborted && ready) return { ready, checks };
    void reply.code(503).header('Retry-After', '1');
    const closing = this.#closing.aborted ? { closing: { ok: false, detail: 'the server is closing' } } : {};
    return { ready: false, checks: { ...checks, ...closing } };
  }
}
