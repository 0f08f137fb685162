import { EarlierPositions, type MovedPosition } from '../earlier-positions.js';
import type { RecordedEvent } from '../event-store.js';
import { startCheckpoint, type Checkpoint, type ViewStore } from '../view-store.js';
import { MigrationRefused } from './refused.js';

/** An event, and its copy. */
export type Copied = readonly [event: RecordedEvent, copy: RecordedEvent];

/** How far a copy is: everything up to a position of the source is at most at one of the target. */
export interface CopyPlace {
  readonly source: bigint;
  readonly target: bigint;
}

/** How many events of a stretch share a row of positions. */
const runSize = 500;

const movedOf = ([event, copy]: Copied): MovedPosition => ({ earlier: event.position, here: copy.position });

/** Keeps where copied events stand, and how far the copy is, in the target's view store. */
export class CopiedEvents {
  readonly #store: ViewStore;
  readonly #logId: string;
  readonly #positions: EarlierPositions;
  #checkpoint: Checkpoint = startCheckpoint;

  constructor(store: ViewStore, logId: string) {
    this.#store = store;
    this.#logId = logId;
    this.#positions = new EarlierPositions(store);
  }

  /** Where an earlier run of the copying has come to. */
  async place(): Promise<CopyPlace> {
    this.#checkpoint = await this.#store.checkpoint(this.#name);
    const { position } = this.#checkpoint;
    const here = position === 0n ? 0n : await this.#positions.here({ logId: this.#logId, position });
    return here === undefined ? { source: 0n, target: 0n } : { source: position, target: here };
  }

  /** @throws MigrationRefused when someone else copies, too */
  async add(copied: readonly Copied[]): Promise<void> {
    for (let start = 0; start < copied.length; start += runSize) {
      const run = copied.slice(start, start + runSize);
      await this.#positions.add(this.#logId, run.map(movedOf));
      await this.#advance(run.at(-1)?.[0]);
    }
  }

  /** The source gives positions where there is no event of its own, too: these stand for the last one before them. */
  async addEnd(end: CopyPlace): Promise<void> {
    await this.#positions.add(this.#logId, [{ earlier: end.source, here: end.target }]);
  }

  async #advance(event: RecordedEvent | undefined): Promise<void> {
    if (event === undefined || event.position <= this.#checkpoint.position) return;
    const next = { position: event.position, recordedAt: event.recordedAt };
    if (!(await this.#store.advance(this.#name, this.#checkpoint, next)))
      throw new MigrationRefused('Another migration into the same target is running: let one of them end');
    this.#checkpoint = next;
  }

  get #name(): string {
    return `copy of ${this.#logId}`;
  }
}
