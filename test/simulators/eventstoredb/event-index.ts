import { recordHeadBytes, type PlacedRecord } from './record.js';

const idBytes = 16;

/** What is known of a stream without looking into the file. */
export class StreamState {
  /** The numbers of its events in the log, by revision. */
  readonly events: number[] = [];
  /** Revisions below it are not read any more; undefined: none were cut. */
  truncateBefore: bigint | undefined;
  isTombstoned = false;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Of the last event; -1 when there is none. */
  get revision(): bigint {
    return BigInt(this.events.length - 1);
  }

  get isSoftDeleted(): boolean {
    return this.truncateBefore === deletedRevision;
  }
}

/** The revision that stands for all there will ever be: `$tb` of a deleted stream, number of a tombstone. */
export const deletedRevision = 9_223_372_036_854_775_807n;

/** Where each event lies and what filters ask about it, about 50 bytes an event; bodies stay on disk. */
export class EventIndex {
  readonly #streams = new Map<string, StreamState>();
  readonly #types = new Map<string, number>();
  readonly #typeNames: string[] = [];
  readonly #streamOf: StreamState[] = [];
  #offsets = new Float64Array(1_024);
  #lengths = new Uint32Array(1_024);
  #typeOf = new Uint32Array(1_024);
  #ids = Buffer.alloc(1_024 * idBytes);
  #count = 0;

  /** How many events there are; the first is number 0. */
  get count(): number {
    return this.#count;
  }

  add(record: PlacedRecord): void {
    if (this.#count === this.#offsets.length) this.#grow();
    const event = this.#count;
    const stream = this.#known(record.stream);
    this.#streamOf.push(stream);
    this.#offsets[event] = record.offset;
    this.#lengths[event] = record.message.length;
    this.#typeOf[event] = this.#typeNumber(record.type);
    record.id.copy(this.#ids, event * idBytes);
    if (record.isTombstone) stream.isTombstoned = true;
    else stream.events.push(event);
    this.#count += 1;
  }

  /** Revisions of the stream below `before` are not to be read any more. */
  truncate(name: string, before: bigint | undefined): void {
    this.#known(name).truncateBefore = before;
  }

  stream(name: string): StreamState | undefined {
    return this.#streams.get(name);
  }

  streamOf(event: number): string {
    return this.#streamOf[event]!.name;
  }

  typeOf(event: number): string {
    return this.#typeNames[this.#typeOf[event]!]!;
  }

  hasId(event: number, id: Buffer): boolean {
    return id.compare(this.#ids, event * idBytes, (event + 1) * idBytes) === 0;
  }

  /** Its offset in the file. */
  positionOf(event: number): number {
    return this.#offsets[event]!;
  }

  messagePlace(event: number): { offset: number; length: number } {
    return { offset: this.#offsets[event]! + recordHeadBytes, length: this.#lengths[event]! };
  }

  /** The number of the first event at or after a position; `count` when there is none. */
  firstFrom(position: bigint): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (BigInt(this.#offsets[middle]!) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #known(name: string): StreamState {
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const stream = new StreamState(name);
    this.#streams.set(name, stream);
    return stream;
  }

  #typeNumber(type: string): number {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    this.#types.set(type, this.#typeNames.length);
    return this.#typeNames.push(type) - 1;
  }

  #grow(): void {
    const offsets = new Float64Array(this.#count * 2);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
    const lengths = new Uint32Array(this.#count * 2);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
    const types = new Uint32Array(this.#count * 2);
    types.set(this.#typeOf);
    this.#typeOf = types;
    this.#ids = Buffer.concat([this.#ids], this.#count * 2 * idBytes);
  }
}
