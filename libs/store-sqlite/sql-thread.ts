import type { SQLOutputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { StoreUnavailable } from '#eventing/event-store.js';
import type { Query } from './view-store-queries.js';

/** The values of a row in the order of its columns. */
type Row = readonly SQLOutputValue[];

export interface SqlThreadOptions {
  readonly readOnly: boolean;
  /** Of its connection. */
  readonly pragmas: string;
}

interface Answered {
  readonly id: number;
  readonly rows?: Row[];
  /** What the engine threw. */
  readonly fault?: { readonly message: string };
}

interface Waiting {
  readonly resolve: (rows: Row[]) => void;
  readonly reject: (error: unknown) => void;
}

/** The thread's own source or build, whichever this is. */
const work = new URL(import.meta.url.replace(/sql-thread(\.\w+)$/, 'sql-thread-work$1'));

/** A thread with a connection of its own, so that long statements keep nobody else. Started when first asked. */
export class SqlThread {
  readonly #path: string;
  readonly #options: SqlThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #asked = 0;
  #isClosing = false;

  constructor(path: string, options: SqlThreadOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** How many statements wait for their end. */
  get load(): number {
    return this.#waiting.size;
  }

  /** Runs one statement, after those asked before. @throws what the engine throws, StoreUnavailable when the thread ends */
  async all({ sql, values }: Query): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      const worker = (this.#worker ??= this.#started());
      const id = (this.#asked += 1);
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, sql, values });
    });
  }

  /** Ends the thread; what it was at is not finished. */
  async close(): Promise<void> {
    // From here on the process waits for its end.
    this.#isClosing = true;
    await this.#worker?.terminate();
  }

  #started(): Worker {
    const worker = new Worker(work, { workerData: { path: this.#path, ...this.#options } });
    worker.unref();
    worker.on('message', ({ id, rows, fault }: Answered) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0 && !this.#isClosing) worker.unref();
      if (fault === undefined) waiting?.resolve(rows ?? []);
      else waiting?.reject(Object.assign(new Error(fault.message), fault));
    });
    // An error ends it, too.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      const left = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const { reject } of left) reject(new StoreUnavailable(`${this.#path}: its thread has ended`));
    });
    return worker;
  }
}
