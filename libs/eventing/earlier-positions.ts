import { formatPosition, type NamedPosition } from './position.js';
import type { Condition, Generation, RowVersion, ViewSchema, ViewStore } from './view-store.js';

/** Where a log that was copied to another place has one of its positions there. */
export interface MovedPosition {
  readonly earlier: bigint;
  readonly here: bigint;
}

export const earlierPositionsName = 'earlier-positions';

/** A row holds a run of positions, under the log's id and the first of them. */
const schema: ViewSchema = { columns: {}, indexes: [], appendOnly: true };
/** Rows are versioned by positions of this log; these stand at all of them. */
const always = 1n;

type Run = { readonly earlier: readonly string[]; readonly here: readonly string[] };

const keyOf = ({ logId, position }: NamedPosition): string => `${logId}:${formatPosition(position)}`;

const runOf = ({ body }: RowVersion): readonly MovedPosition[] => {
  const { earlier, here } = body as Run;
  return earlier.map((position, index) => ({ earlier: BigInt(position), here: BigInt(here[index] ?? 0) }));
};

interface RunOfLog {
  readonly logId: string;
  readonly run: readonly MovedPosition[];
}

const covers = ({ run }: RunOfLog, position: bigint): boolean =>
  (run[0]?.earlier ?? position + 1n) <= position && reaches(run, position);

const reaches = (run: readonly MovedPosition[], position: bigint): boolean => (run.at(-1)?.earlier ?? -1n) >= position;

/** Positions of the logs that this one was copied from, and where they are here: kept with the views, and never built anew. */
export class EarlierPositions {
  readonly #store: ViewStore;
  #kept: Promise<Generation> | undefined;
  /** Who asks goes on near where they were. */
  #lastRead: RunOfLog | undefined;

  constructor(store: ViewStore) {
    this.#store = store;
  }

  /** Keeps a run of positions, ascending; a run that begins at the same position takes its place. */
  async add(logId: string, run: readonly MovedPosition[]): Promise<void> {
    const [first] = run;
    if (first === undefined) return;
    this.#lastRead = undefined;
    const body: Run = {
      earlier: run.map(({ earlier }) => String(earlier)),
      here: run.map(({ here }) => String(here)),
    };
    const key = keyOf({ logId, position: first.earlier });
    const row = { key, from: always, body, columns: {}, words: [] };
    await this.#store.write(await this.#generation(), [
      { change: 'open', by: logId, ...row },
      { change: 'rewrite', ...row },
    ]);
  }

  /** The position of this log up to which just as much had happened; undefined for a log that this one does not come from, and beyond what was copied. */
  async here(named: NamedPosition): Promise<bigint | undefined> {
    const run = await this.#runAt(named);
    return run && (run.findLast(({ earlier }) => earlier <= named.position)?.here ?? 0n);
  }

  /** All runs that are kept, by log and position. */
  async *runs(): AsyncIterable<RunOfLog> {
    for await (const rows of this.#store.scan(await this.#generation()))
      for (const row of rows) yield { logId: row.key.split(':', 1)[0] ?? '', run: runOf(row) };
  }

  /** The run that tells of a position, empty before the first; undefined beyond the last. */
  async #runAt({ logId, position }: NamedPosition): Promise<readonly MovedPosition[] | undefined> {
    const lastRead = this.#lastRead;
    if (lastRead?.logId === logId && covers(lastRead, position)) return lastRead.run;
    // After `:` comes `;`: everything of the log.
    const last = await this.#lastBelow(logId, `${logId};`);
    if (last === undefined || !reaches(last, position)) return undefined;
    const isLater = (last[0]?.earlier ?? 0n) > position;
    const run = isLater ? ((await this.#lastBelow(logId, keyOf({ logId, position: position + 1n }))) ?? []) : last;
    this.#lastRead = { logId, run };
    return run;
  }

  async #lastBelow(logId: string, below: string): Promise<readonly MovedPosition[] | undefined> {
    const where: Condition[] = [{ column: 'key', from: `${logId}:`, below }];
    const order = { column: 'key', descending: true };
    const [row] = await this.#store.list(await this.#generation(), { asOf: always, where, order, limit: 1 });
    return row && runOf(row);
  }

  #generation(): Promise<Generation> {
    const kept = this.#kept ?? this.#store.keep(earlierPositionsName, schema);
    this.#kept = kept;
    kept.catch(() => (this.#kept = undefined));
    return kept;
  }
}
