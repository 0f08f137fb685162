import { StoreReadOnly, StoreUnavailable } from '#eventing/event-store.js';
import { type FileOptions, tryFile } from '#store-sqlite/database.js';

const isWell = (path: string): boolean => {
  try {
    tryFile(path);
    return true;
  } catch (error) {
    if (error instanceof StoreUnavailable) return false;
    throw error;
  }
};

/** What the files of this process fail with. A fault stands until its file can be written again; a log that takes no more events, until a restart. */
export class DiskFaults {
  readonly #standing = new Map<string, { readonly fault: Error; triedAt: number }>();

  /** A file is tried again at most every `tryEveryMs` (default 2 s). */
  constructor(
    readonly tell: (fault: string) => void,
    readonly tryEveryMs = 2_000,
  ) {}

  /** For the store in a file. */
  of(path: string): FileOptions {
    return {
      onFault: (fault) => {
        this.tell(fault.message);
        if (!(this.#standing.get(path)?.fault instanceof StoreReadOnly))
          this.#standing.set(path, { fault, triedAt: performance.now() });
      },
    };
  }

  /** In a line for each file that is not well. */
  standing(): readonly string[] {
    for (const [path, entry] of this.#standing) {
      if (entry.fault instanceof StoreReadOnly || performance.now() - entry.triedAt < this.tryEveryMs) continue;
      entry.triedAt = performance.now();
      if (isWell(path)) this.#standing.delete(path);
    }
    return [...this.#standing.values()].map(({ fault }) => fault.message);
  }
}
