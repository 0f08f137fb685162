/** Lets those who want the same thing found out share the finding, but never one that was begun before they asked. */
export class Coalesced<Result> {
  readonly #running = new Map<string, Promise<Result>>();
  readonly #next = new Map<string, Promise<Result>>();

  async find(name: string, find: () => Promise<Result>): Promise<Result> {
    const running = this.#running.get(name);
    if (running === undefined) return this.#run(name, find);
    const next = this.#next.get(name) ?? this.#after(running, name, find);
    this.#next.set(name, next);
    return next;
  }

  async #after(running: Promise<Result>, name: string, find: () => Promise<Result>): Promise<Result> {
    await running.catch(() => undefined);
    this.#next.delete(name);
    return this.#run(name, find);
  }

  async #run(name: string, find: () => Promise<Result>): Promise<Result> {
    const found = find();
    this.#running.set(name, found);
    try {
      return await found;
    } finally {
      if (this.#running.get(name) === found) this.#running.delete(name);
    }
  }
}
