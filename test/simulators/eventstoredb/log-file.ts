import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
  writev,
} from 'node:fs';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';

const sync = promisify(fdatasync);
const write = promisify(writev);

const magic = Buffer.from('event-log/1\n');
const scanBytes = 8 * 1024 * 1024;

/** What stands before a frame's body: its length and its CRC-32. */
export const frameHeadBytes = 8;

/** A frame's body at its place in the file. */
export interface Frame {
  readonly offset: number;
  readonly body: Buffer;
}

/** An append-only file of frames. A frame is there whole or not at all: a torn one at the end is cut off when opening. */
export class LogFile {
  readonly #fd: number;
  /** Where the next frame starts. */
  #end: number;
  #written: number;
  #waiting: Buffer[] = [];
  #running: Promise<void> = Promise.resolve();
  #upcoming: Promise<void> | undefined;

  private constructor(fd: number, end: number) {
    this.#fd = fd;
    this.#end = end;
    this.#written = end;
  }

  /** Opens or creates the file, and hands over every whole frame in it, in order. Throws when it is no such file. */
  static open(path: string, onFrame: (frame: Frame) => void): LogFile {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const size = fstatSync(fd).size;
    if (size < magic.length) {
      ftruncateSync(fd, 0);
      writeSync(fd, magic, 0, magic.length, 0);
      fsyncSync(fd);
      return new LogFile(fd, magic.length);
    }
    const start = Buffer.alloc(magic.length);
    readSync(fd, start, 0, magic.length, 0);
    if (!start.equals(magic)) throw new Error(`${path} is not a log of this simulator: give it an empty folder`);
    const end = scan(fd, size, onFrame);
    if (end < size) ftruncateSync(fd, end);
    return new LogFile(fd, end);
  }

  get end(): number {
    return this.#end;
  }

  /** Resolves once the frame is on disk; frames that wait while one is written share the next sync. */
  append(body: readonly Buffer[]): Promise<void> {
    const head = Buffer.allocUnsafe(frameHeadBytes);
    let length = 0;
    let checksum = 0;
    for (const part of body) {
      length += part.length;
      checksum = crc32(part, checksum);
    }
    head.writeUInt32LE(length, 0);
    head.writeUInt32LE(checksum, 4);
    this.#waiting.push(head, ...body);
    this.#end += frameHeadBytes + length;
    return (this.#upcoming ??= this.#running.then(() => this.#flush()));
  }

  /** Resolves once everything appended so far is on disk. */
  settled(): Promise<void> {
    return this.#upcoming ?? this.#running;
  }

  read(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    const read = readSync(this.#fd, bytes, 0, length, offset);
    if (read !== length) throw new Error(`the log ends at ${offset + read}, before ${offset + length}`);
    return bytes;
  }

  async close(): Promise<void> {
    await this.settled();
    closeSync(this.#fd);
  }

  async #flush(): Promise<void> {
    if (this.#upcoming) this.#running = this.#upcoming;
    this.#upcoming = undefined;
    const parts = this.#waiting;
    this.#waiting = [];
    // A system call takes at most 1,024 parts.
    for (let at = 0; at < parts.length; at += 1_024) await this.#writeAll(parts.slice(at, at + 1_024));
    await sync(this.#fd);
  }

  async #writeAll(parts: readonly Buffer[]): Promise<void> {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const { bytesWritten } = await write(this.#fd, parts, this.#written);
    if (bytesWritten !== length) throw new Error(`wrote ${bytesWritten} of ${length} bytes: is the disk full?`);
    this.#written += length;
  }
}

/** Hands over whole frames from the start and returns where the last one ends. */
const scan = (fd: number, size: number, onFrame: (frame: Frame) => void): number => {
  let chunk = Buffer.alloc(0);
  let chunkStart = magic.length;
  /** A view of the file that is read ahead; undefined past its end. */
  const bytesAt = (offset: number, length: number): Buffer | undefined => {
    if (offset + length > size) return undefined;
    if (offset + length > chunkStart + chunk.length) {
      chunk = Buffer.allocUnsafe(Math.min(Math.max(scanBytes, length), size - offset));
      chunkStart = offset;
      readSync(fd, chunk, 0, chunk.length, offset);
    }
    return chunk.subarray(offset - chunkStart, offset - chunkStart + length);
  };
  let offset = magic.length;
  for (;;) {
    const head = bytesAt(offset, frameHeadBytes);
    if (head === undefined) return offset;
    const [length, checksum] = [head.readUInt32LE(0), head.readUInt32LE(4)];
    const body = bytesAt(offset + frameHeadBytes, length);
    if (body === undefined || crc32(body) !== checksum) return offset;
    onFrame({ offset: offset + frameHeadBytes, body });
    offset += frameHeadBytes + length;
  }
};
