import { afterEach, describe, expect, test } from '@jest/globals';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endAll, givenFolder } from './given.js';
import { LogFile } from './log-file.js';

afterEach(endAll);

const framesIn = async (path: string): Promise<string[]> => {
  const frames: string[] = [];
  await LogFile.open(path, ({ body }) => frames.push(body.toString())).close();
  return frames;
};

const givenFile = async (...frames: string[]): Promise<string> => {
  const path = join(await givenFolder(), 'events.log');
  const file = LogFile.open(path, () => undefined);
  await Promise.all(frames.map((frame) => file.append([Buffer.from(frame)])));
  await file.close();
  return path;
};

describe('a log file', () => {
  test('has its frames in order after it is opened again', async () => {
    const path = await givenFile('one', 'two', '', 'three');
    expect(await framesIn(path)).toEqual(['one', 'two', '', 'three']);
  });

  test('joins the parts of a frame', async () => {
    const path = await givenFile();
    const file = LogFile.open(path, () => undefined);
    const parts = Array.from({ length: 3_000 }, (_, n) => Buffer.from(`${n},`));
    await file.append(parts);
    await file.close();
    expect(await framesIn(path)).toEqual([parts.join('')]);
  });

  test('cuts a torn frame off, wherever it was torn, and goes on after the last whole one', async () => {
    const whole = (await readFile(await givenFile('one'))).length;
    const path = await givenFile('one', 'two');
    const bytes = await readFile(path);
    for (let length = bytes.length - 1; length >= whole; length -= 1) {
      await writeFile(path, bytes);
      await truncate(path, length);
      const file = LogFile.open(path, () => undefined);
      await file.append([Buffer.from('after')]);
      await file.close();
      expect(await framesIn(path)).toEqual(['one', 'after']);
    }
  });

  test('cuts off a frame whose bytes are not those that were written', async () => {
    const path = await givenFile('one', 'two');
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.at(-1)! ^ 1, bytes.length - 1);
    await writeFile(path, bytes);
    expect(await framesIn(path)).toEqual(['one']);
  });

  test('has nothing of what stood after a broken frame, even where that is whole', async () => {
    const path = await givenFile('one', 'two', 'six');
    const bytes = await readFile(path);
    bytes.write('2', bytes.indexOf('two'));
    await writeFile(path, bytes);
    const file = LogFile.open(path, () => undefined);
    await file.append([Buffer.from('ten')]);
    await file.close();
    expect(await framesIn(path)).toEqual(['one', 'ten']);
  });

  test('refuses a file of another kind', async () => {
    const path = join(await givenFolder(), 'events.log');
    await writeFile(path, 'a diary, not a log');
    expect(() => LogFile.open(path, () => undefined)).toThrow('is not a log of this simulator');
  });
});
