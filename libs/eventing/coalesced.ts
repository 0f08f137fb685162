/** Lets those who want the same thing found out share the finding, but never one that was begun before they asked. */
export class Coalesced<Result> {
  readonly #running = new Map<string, Promise<Result>>();
  /** Not begun yet: whoever asks now shares it. */
  readonly #next = new Map<string, Promise<Result>>();

  async find(name: string, find: () => Promise<Result>): Promise<Result> {
    const next = this.#next.get(name) ?? this.#afterRunning(name, find);
    this.#next.set(name, next);
    return next;
  }

  async #afterRunning(name: string, find: () => Promise<Result>): Promise<Result> {
    await this.#running.get(name)?.catch(() => undefined);
    this.#next.delete(name);
    const found = find();
    this.#running.set(name, found);
    try {
      return await found;
    } finally {
      if (this.#running.get(name) === found) this.#running.delete(name);
    }
  }
}
