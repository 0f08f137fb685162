import type { NewEvent, RecordedEvent } from '#eventing/event-store.js';
import type { Append, AppendHistory } from './append-history.js';

/** The ids of an append's events, from which the append is known again. */
export const eventId = (original: number, index: number): string => `evt_${original}_${index}`;

const never = 2 ** 31 - 1;
const faultsTold = 100;

/** What the events of an append were, by its number. */
type EventAt = (original: number, index: number) => NewEvent;

const sameBytes = (one: NewEvent, other: NewEvent): boolean =>
  one.type === other.type &&
  JSON.stringify(one.data) === JSON.stringify(other.data) &&
  JSON.stringify(one.metadata) === JSON.stringify(other.metadata);

/** Holds a log against the history of its callers. Feed it the whole log, in order; then ask for the faults. */
export class AppendFaults {
  readonly #told = new Set<string>();
  readonly #appends: readonly Append[];
  /** By original: how many of its events were seen, where the last one lies, since when it can have been written, and from when on it certainly was. */
  readonly #seen: Uint16Array;
  readonly #placeOf: Float64Array;
  readonly #begun: Int32Array;
  readonly #acknowledged: Int32Array;
  /** The originals of a stream's events, by revision. */
  readonly #streams = new Map<string, number[]>();
  #position = 0;
  #latestBegun = 0;

  constructor(
    { appends }: AppendHistory,
    private readonly eventAt: EventAt,
  ) {
    this.#appends = appends;
    this.#seen = new Uint16Array(appends.length);
    this.#placeOf = new Float64Array(appends.length);
    this.#begun = new Int32Array(appends.length).fill(never);
    this.#acknowledged = new Int32Array(appends.length).fill(never);
    for (const { outcome, original, begun, ended } of appends) {
      if (outcome !== 'appended') continue;
      this.#begun[original] = Math.min(this.#begun[original]!, begun);
      this.#acknowledged[original] = Math.min(this.#acknowledged[original]!, ended);
    }
  }

  /** The next event of the log. */
  logged(event: RecordedEvent): void {
    const { id, stream } = event;
    const [revision, position] = [Number(event.revision), Number(event.position)];
    const originals = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, originals);
    if (position <= this.#position) this.#tell(`position ${position} comes after ${this.#position}`);
    if (revision !== originals.length) this.#tell(`${stream} goes on with ${revision} after ${originals.length - 1}`);
    this.#position = position;
    const [, original = -1, index = -1] = id.split('_').map(Number);
    const append = this.#appends[original];
    const before = originals.at(-1);
    originals.push(original);
    if (append?.original !== original || append.stream !== stream || index >= append.size) {
      this.#tell(`nobody sent ${id} to ${stream}`);
      return;
    }
    if (this.#seen[original] !== index) this.#tell(`${id} is there twice, or before what it was sent after`);
    this.#seen[original] = index + 1;
    if (revision !== append.expected + 1 + index)
      this.#tell(`${id} was sent to come after ${append.expected}, and is at ${revision}`);
    if (!sameBytes(this.eventAt(original, index), event)) this.#tell(`${id} is not as it was sent`);
    if (index === 0 && before !== undefined && this.#begun[before]! > this.#begun[original]!)
      this.#tell(`${id} was asked for before ${eventId(before, 0)}, and decided after it`);
    if (index === append.size - 1) this.#written(original, position);
  }

  #written(original: number, position: number): void {
    this.#placeOf[original] = position;
    if (this.#acknowledged[original]! < this.#latestBegun)
      this.#tell(`${original} was acknowledged before another began that lies before it in the log`);
    if (this.#begun[original] !== never) this.#latestBegun = Math.max(this.#latestBegun, this.#begun[original]!);
  }

  /** Once the whole log was given: whatever is wrong with it or with the answers, the first hundred. */
  faults(): readonly string[] {
    for (const [number, append] of this.#appends.entries()) this.#judge(number, append);
    return [...this.#told];
  }

  #judge(number: number, append: Append): void {
    const { outcome, original, size, expected, revision, position } = append;
    const what = `${number} (${append.stream} after ${expected})`;
    const seen = this.#seen[original]!;
    if (outcome === 'pending') this.#tell(`${what} was never answered`);
    if (seen > 0 && seen < size) this.#tell(`${what} is in the log in part`);
    if (seen > 0 && this.#acknowledged[original] === never) this.#tell(`${what} is in the log, and nobody was told`);
    if (outcome === 'appended') {
      if (seen === 0) this.#tell(`${what} was acknowledged and is not in the log`);
      else if (revision !== expected + size || position !== this.#placeOf[original])
        this.#tell(`${what} was acknowledged at ${revision}, ${position}; it is at ${this.#placeOf[original]!}`);
    }
    if (outcome === 'conflict') this.#judgeConflict(what, append);
  }

  /** Justified when the stream can have been elsewhere at some moment between the call and its answer, and where it was said to be. */
  #judgeConflict(what: string, { stream, original, expected, revision, begun, ended }: Append): void {
    if (this.#acknowledged[original]! < begun) this.#tell(`${what} was refused, though it had been acknowledged`);
    const { since, until } = this.#timeAt(stream, expected);
    if (since.latest < begun && until.earliest > ended) this.#tell(`${what} was refused, and the stream was there`);
    const told = this.#timeAt(stream, revision);
    if (told.since.earliest > ended || told.until.latest < begun)
      this.#tell(`${what} was told ${revision}, where the stream was not at that time`);
  }

  /** When a stream came to a revision and left it, as ticks between which that happened. */
  #timeAt(stream: string, revision: number): Record<'since' | 'until', { earliest: number; latest: number }> {
    const originals = this.#streams.get(stream) ?? [];
    const made = originals[revision];
    const left = originals[revision + 1];
    // No append ended there: nobody has seen the stream at it.
    const isNowhere = revision >= 0 && (made === undefined || made === left);
    const time = (original: number | undefined, otherwise: number) => ({
      earliest: original === undefined ? otherwise : (this.#begun[original] ?? never),
      latest: original === undefined ? otherwise : (this.#acknowledged[original] ?? never),
    });
    return { since: time(made, isNowhere ? never : 0), until: isNowhere ? time(undefined, 0) : time(left, never) };
  }

  #tell(fault: string): void {
    if (this.#told.size < faultsTold) this.#told.add(fault);
  }
}
