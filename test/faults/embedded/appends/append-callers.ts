import {
  type Appended,
  type EventStore,
  RevisionConflict,
  StoreUnavailable,
  type NewEvent,
} from '#eventing/event-store.js';
import type { Random } from '../../../system/random.js';
import { eventId } from './append-faults.js';
import { AppendHistory } from './append-history.js';

const texts = ['', 'plain', 'Zoë Ångström 🦊', 'a\u2028b "quoted" \\ \u0000', 'x'.repeat(300)];

/** The events of an append, by its number. */
export const eventAt = (original: number, index: number): NewEvent => ({
  id: eventId(original, index),
  type: original % 3 === 0 ? 'PlanChanged' : 'RoleChanged',
  data: { original, index, text: texts[(original + index) % texts.length]!, list: [null, true, { a: 0.5 }] },
  metadata: { commandId: `cmd_${original}`, reason: texts[original % 3]! },
});

export interface CallersOptions {
  readonly open: () => EventStore;
  readonly random: Random;
  readonly appends: number;
  readonly callers: number;
  readonly streams: number;
  /** How often the store is closed, with appends under way, and opened again. */
  readonly reopenings: number;
}

/** A stream as its callers think of it: the last revision acknowledged, and the one after what is under way. */
interface Known {
  readonly stream: string;
  head: number;
  tail: number;
}

/** Callers that append at once: at the head, one upon the other without waiting, at wrong revisions, and what was sent before. */
export class AppendCallers {
  readonly history = new AppendHistory();
  readonly #options: CallersOptions;
  readonly #known: readonly Known[];
  #store: EventStore;
  #up = Promise.resolve();
  #reopened = 0;

  constructor(options: CallersOptions) {
    this.#options = options;
    this.#known = Array.from({ length: options.streams }, (_, n) => ({ stream: `account-${n}`, head: -1, tail: -1 }));
    this.#store = options.open();
  }

  /** Resolves once all is answered, with the store still open. */
  async run(): Promise<EventStore> {
    const { callers, appends } = this.#options;
    const caller = async (): Promise<void> => {
      while (this.history.appends.length < appends) await this.#turn();
    };
    await Promise.all(Array.from({ length: callers }, caller));
    return this.#store;
  }

  async #turn(): Promise<void> {
    const { random, appends, reopenings } = this.#options;
    await this.#up;
    if (
      this.#reopened < reopenings &&
      this.history.appends.length > ((this.#reopened + 1) * appends) / (reopenings + 1)
    ) {
      this.#reopened += 1;
      this.#up = this.#reopen();
      return;
    }
    // Some streams are hotter than others.
    const known = this.#known[Math.floor(random.next() ** 2 * this.#known.length)]!;
    await random.weighted([
      [50, () => this.#upon(known, 1 + random.below(3))],
      [40, () => this.#wrongly(known)],
      [14, () => this.#again()],
    ])();
  }

  async #reopen(): Promise<void> {
    await this.#store.close();
    this.#store = this.#options.open();
  }

  /** A run of appends, each upon the one before. */
  async #upon(known: Known, length: number): Promise<void> {
    const run: Promise<void>[] = [];
    for (let count = 0; count < length; count += 1) {
      const size = this.#size();
      const number = this.history.begin(known.stream, known.tail, size);
      known.tail += size;
      run.push(this.#send(number, known));
    }
    await Promise.all(run);
  }

  async #wrongly(known: Known): Promise<void> {
    const { random } = this.#options;
    const stale = Math.max(-1, known.head - 1 - random.below(5));
    const expected = random.below(4) === 0 ? known.tail + 1 + random.below(3) : stale;
    await this.#send(this.history.begin(known.stream, expected, this.#size()), known);
  }

  /** One that is under way or was acknowledged, lately or long ago. */
  async #again(): Promise<void> {
    const { random } = this.#options;
    const { appends } = this.history;
    const back = Math.min(random.below(2) === 0 ? 100 : appends.length, appends.length);
    const number = appends.length - 1 - random.below(back);
    const append = appends[number];
    if (append === undefined || append.outcome === 'conflict') return;
    await this.#send(this.history.repeat(number));
  }

  #size(): number {
    return 1 + (this.#options.random.below(5) === 0 ? this.#options.random.below(4) : 0);
  }

  async #send(number: number, known?: Known): Promise<void> {
    const { stream, expected, size, original } = this.history.appends[number]!;
    const events = Array.from({ length: size }, (_, index) => eventAt(original, index));
    try {
      const appended = await this.#append(stream, expected, events);
      this.history.appended(number, appended.revision, appended.position);
      this.#standsAt(known, Number(appended.revision));
    } catch (error) {
      if (error instanceof RevisionConflict) {
        this.history.conflict(number, error.actual);
        if (known !== undefined)
          known.tail = Math.max(known.head, error.actual === 'no-stream' ? -1 : Number(error.actual));
      } else if (error instanceof StoreUnavailable) {
        this.history.failed(number);
        await this.#up;
        await this.#send(this.history.repeat(number), known);
      } else throw error;
    }
  }

  #standsAt(known: Known | undefined, revision: number): void {
    if (known === undefined) return;
    known.head = Math.max(known.head, revision);
    known.tail = Math.max(known.tail, revision);
  }

  #append(stream: string, expected: number, events: readonly NewEvent[]): Promise<Appended> {
    return this.#store.append(stream, expected === -1 ? 'no-stream' : BigInt(expected), events);
  }
}
