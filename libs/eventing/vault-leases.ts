import { type Leases, once, type Work } from './leases.js';
import { refuse } from './refusal.js';
import { isTransient, pause } from './retrying.js';
import { Turns } from './turns.js';
import type { Vault } from './vault.js';

export interface LeaseTimes {
  /** How long a lease stands that is not renewed: what a process did that died is taken up after this (default 5,000). */
  readonly durationMs?: number;
  /** How often a lease is renewed, and asked for again while another process has it (default a fifth of that). */
  readonly renewMs?: number;
  /** Told of work that could not be started; it is tried again, here or elsewhere. */
  readonly onFault?: (name: string, error: unknown) => void;
}

/** Every lease that is had already makes this process wait so much longer for the next, so that those that start together share. */
const hesitationMs = 4;

/**
 * Leases in the vault that all processes of an installation share. They keep work from being done twice; that it does no harm when it
 * is, because a process stood still or clocks differ, is the work's own affair: checkpoints and claims move by compare-and-set.
 */
export class VaultLeases implements Leases {
  readonly #vault: Vault;
  readonly #owner: string;
  readonly #durationMs: number;
  readonly #renewMs: number;
  readonly #onFault: (name: string, error: unknown) => void;
  readonly #turns = new Turns();
  readonly #doing = new Set<string>();
  readonly #held = new Map<string, boolean>();

  /** `owner` names this process among all. */
  constructor(vault: Vault, owner: string, times: LeaseTimes = {}) {
    const { durationMs = 5_000, renewMs = durationMs / 5, onFault = () => undefined } = times;
    this.#vault = vault;
    this.#owner = owner;
    this.#durationMs = durationMs;
    this.#renewMs = renewMs;
    this.#onFault = onFault;
  }

  hold(name: string, work: Work): Promise<() => Promise<void>> {
    const over = new AbortController();
    this.#held.set(name, false);
    const tended = this.#tend(name, work, over.signal);
    return Promise.resolve(async () => {
      over.abort();
      await tended;
      this.#held.delete(name);
    });
  }

  held(): ReadonlyMap<string, boolean> {
    return this.#held;
  }

  async attempt<Result>(name: string, work: () => Promise<Result>): Promise<{ readonly result: Result } | undefined> {
    return once(this.#doing, name, async () =>
      (await this.#take(name)) ? { result: await this.#under(name, work) } : undefined,
    );
  }

  async inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    return this.#turns.run(name, async () => {
      // Longer than a lease that its owner died with.
      const deadline = Date.now() + this.#durationMs * 1.5;
      for (let waitMs = 5; !(await this.#take(name)); waitMs = Math.min(waitMs * 2, 200)) {
        if (Date.now() >= deadline) refuse('busy');
        await pause(waitMs * (0.5 + Math.random()), new AbortController().signal);
      }
      return this.#under(name, work);
    });
  }

  get #had(): number {
    return [...this.#held.values()].filter((had) => had).length;
  }

  #take(name: string): Promise<boolean> {
    return this.#vault.lease(name, this.#owner, this.#durationMs, Date.now());
  }

  /** Undefined when the vault can't be asked. */
  async #tryTake(name: string): Promise<boolean | undefined> {
    try {
      return await this.#take(name);
    } catch (error) {
      if (!isTransient(error)) throw error;
      return undefined;
    }
  }

  async #giveBack(name: string): Promise<void> {
    try {
      await this.#vault.releaseLease(name, this.#owner);
    } catch (error) {
      // It runs out by itself.
      if (!isTransient(error)) throw error;
    }
  }

  async #under<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const done = new AbortController();
    const renewing = this.#renew(name, done.signal);
    try {
      return await work();
    } finally {
      done.abort();
      await renewing;
      await this.#giveBack(name);
    }
  }

  async #renew(name: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      await pause(this.#renewMs, signal);
      if (signal.aborted) return;
      await this.#tryTake(name);
    }
  }

  async #tend(name: string, work: Work, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const free = await this.#turns.run('hold', async () => {
        await pause(this.#had * hesitationMs, signal);
        return !signal.aborted && (await this.#tryTake(name)) === true;
      });
      if (free) await this.#work(name, work, signal);
      await pause(this.#renewMs * (0.8 + 0.4 * Math.random()), signal);
    }
  }

  /** Works for as long as the lease is had; what can't be started is left to whoever has the lease next. */
  async #work(name: string, work: Work, signal: AbortSignal): Promise<void> {
    this.#held.set(name, true);
    const failed = new AbortController();
    const started = startOf(work).catch((error: unknown) => {
      this.#onFault(name, error);
      failed.abort();
    });
    const ends = AbortSignal.any([signal, failed.signal]);
    for (let hadAt = performance.now(); ;) {
      await pause(this.#renewMs, ends);
      if (ends.aborted) break;
      const asked = performance.now();
      const had = await this.#tryTake(name);
      if (had === true) hadAt = asked;
      // Stopped before another process may begin.
      else if (had === false || asked - hadAt > this.#durationMs - 2 * this.#renewMs) break;
    }
    await started;
    await work.stop();
    this.#held.set(name, false);
    await this.#giveBack(name);
  }
}

const startOf = async (work: Work): Promise<void> => work.start();
