import { Random } from '../../../system/random.js';
import type { Call } from './trace.js';

const sectorBytes = 512;

/** Bytes of a file, which grows as it is written. */
class Content {
  #room: Uint8Array;
  size: number;

  constructor(bytes = new Uint8Array()) {
    this.#room = bytes;
    this.size = bytes.length;
  }

  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.size);
  }

  write(offset: number, bytes: Uint8Array): void {
    this.truncate(Math.max(this.size, offset + bytes.length));
    this.#room.set(bytes, offset);
  }

  truncate(size: number): void {
    if (size > this.#room.length) {
      const larger = new Uint8Array(2 * size);
      larger.set(this.bytes);
      this.#room = larger;
    }
    this.#room.fill(0, Math.min(size, this.size), Math.max(size, this.size));
    this.size = size;
  }
}

type FileCall = Exclude<Call, { readonly call: 'told' }>;
type Change = Extract<FileCall, { readonly call: 'write' } | { readonly call: 'truncate' }>;

const apply = (change: Change, to: Content, isThere: () => boolean = () => true): void => {
  if (change.call === 'truncate') {
    if (isThere()) to.truncate(change.size);
    return;
  }
  const { offset, bytes } = change;
  for (let from = 0; from < bytes.length;) {
    const end = Math.min(bytes.length, from + sectorBytes - ((offset + from) % sectorBytes));
    if (isThere()) to.write(offset + from, bytes.subarray(from, end));
    from = end;
  }
};

/** What a power cut leaves of what was not synced: each part by itself, by chance; the same chance for a while. */
const fateIn = (random: Random): (() => boolean) => {
  const chance = random.of([0, 0.1, 0.5, 0.9, 1])!;
  return () => random.next() < chance;
};

/** A file, under whatever name. */
class File {
  readonly #durable = new Content();
  #unsynced: Change[] = [];

  change(change: Change): void {
    this.#unsynced.push(change);
  }

  sync(): void {
    for (const change of this.#unsynced) apply(change, this.#durable);
    this.#unsynced = [];
  }

  afterCut(random: Random): Uint8Array {
    const left = new Content(this.#durable.bytes.slice());
    const isThere = fateIn(random);
    for (const change of this.#unsynced) apply(change, left, isThere);
    if (isThere()) left.truncate(Math.max(left.size, this.#size));
    return left.bytes;
  }

  /** Without a cut. */
  get #size(): number {
    return this.#unsynced.reduce(
      (size, change) =>
        change.call === 'truncate' ? change.size : Math.max(size, change.offset + change.bytes.length),
      this.#durable.size,
    );
  }
}

/** A disk of one folder that takes calls, and what would be found on it if the power failed now. */
export class LossyDisk {
  readonly #durable = new Map<string, File>();
  readonly #names = new Map<string, File>();
  #unsynced: { readonly name: string; readonly file: File | undefined }[] = [];

  constructor(readonly folder: string) {}

  take(call: Call): void {
    if (call.call === 'told') return;
    if (call.call === 'sync' && call.path === this.folder) this.#syncNames();
    else if (call.path.startsWith(`${this.folder}/`)) this.#take(call, call.path.slice(this.folder.length + 1));
  }

  #take(call: FileCall, name: string): void {
    const file = this.#names.get(name);
    switch (call.call) {
      case 'create':
        if (file === undefined) this.#name(name, new File());
        break;
      case 'unlink':
        this.#name(name, undefined);
        break;
      case 'sync':
        file?.sync();
        break;
      default:
        file?.change(call);
    }
  }

  #name(name: string, file: File | undefined): void {
    if (file === undefined) this.#names.delete(name);
    else this.#names.set(name, file);
    this.#unsynced.push({ name, file });
  }

  #syncNames(): void {
    this.#durable.clear();
    for (const [name, file] of this.#names) this.#durable.set(name, file);
    this.#unsynced = [];
  }

  /** The files by name. Changes of one name are there in their order, those of another or not. */
  afterCut(random: Random): ReadonlyMap<string, Uint8Array> {
    const left = new Map(this.#durable);
    const isThere = fateIn(random);
    const lost = new Set<string>();
    for (const { name, file } of this.#unsynced) {
      if (!isThere()) lost.add(name);
      if (lost.has(name)) continue;
      if (file === undefined) left.delete(name);
      else left.set(name, file);
    }
    return new Map([...left].map(([name, file]) => [name, file.afterCut(random)]));
  }

  /** Everything, as after a sync of all. */
  whole(): ReadonlyMap<string, Uint8Array> {
    for (const file of this.#names.values()) file.sync();
    this.#syncNames();
    return this.afterCut(new Random(0));
  }
}
