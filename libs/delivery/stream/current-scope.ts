import type { ChangesScope } from '#access/queries/access-changes-scope.js';

/** What somebody gets by today's rights, found out again when that is `renewMs` old. */
export class CurrentScope {
  readonly #find: () => Promise<ChangesScope>;
  readonly #renewMs: number;
  #found: Promise<ChangesScope> | undefined;
  #begunAt = 0;
  #isFinding = false;

  constructor(find: () => Promise<ChangesScope>, renewMs: number) {
    this.#find = find;
    this.#renewMs = renewMs;
  }

  /** No older than it may be. @throws Refusal once the right is lost */
  async get(): Promise<ChangesScope> {
    const isCurrent = performance.now() - this.#begunAt < this.#renewMs;
    return isCurrent && this.#found !== undefined ? this.#found : this.renew();
  }

  /** Found out again; shared with who waits for that already. @throws Refusal once the right is lost */
  async renew(): Promise<ChangesScope> {
    if (!this.#isFinding || this.#found === undefined) {
      this.#isFinding = true;
      this.#begunAt = performance.now();
      this.#found = this.#find().finally(() => {
        this.#isFinding = false;
      });
    }
    return this.#found;
  }
}
