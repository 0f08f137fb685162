import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreUnavailable } from '#eventing/event-store.js';
import { spawnTypeScript } from '#eventing/contracts/spawn-typescript.contract.js';
import { claimDataFolder, DataFolderInUse } from './data-folder.js';

describe('a data folder', () => {
  let parent: string;
  let folder: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'data-folder-'));
    folder = join(parent, 'var', 'data');
  });
  afterEach(() => rm(parent, { recursive: true }));

  const claimInAnotherProcess = `
    import { claimDataFolder } from '#store-sqlite/data-folder.js';
    try {
      await claimDataFolder(FOLDER);
      console.log('claimed');
      setInterval(() => {}, 1_000);
    } catch (error) {
      console.log(error.name + ': ' + error.message);
    }`;
  const spawnClaim = () => spawnTypeScript(claimInAnotherProcess.replace('FOLDER', () => JSON.stringify(folder)));

  it('is made for its owner only', async () => {
    const claimed = await claimDataFolder(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(claimed.file('events.db')).toBe(join(folder, 'events.db'));
    claimed.release();
  });

  it('is refused to a second claim until it was released', async () => {
    const first = await claimDataFolder(folder);
    await expect(claimDataFolder(folder)).rejects.toThrow(DataFolderInUse);
    first.release();
    first.release();
    (await claimDataFolder(folder)).release();
  });

  it('is refused to another process, in a sentence that names it', async () => {
    const mine = await claimDataFolder(folder);
    const other = spawnClaim();
    const { value } = (await other.lines.next()) as { value: string };
    expect(value).toMatch(/^DataFolderInUse: /);
    expect(value).toContain(folder);
    expect(await other.ended).toBe(0);
    mine.release();
  }, 20_000);

  it('is free again once its process was killed', async () => {
    const other = spawnClaim();
    expect(await other.lines.next()).toMatchObject({ value: 'claimed' });
    await expect(claimDataFolder(folder)).rejects.toThrow(folder);
    other.process.kill('SIGKILL');
    expect(await other.ended).toBe('SIGKILL');
    (await claimDataFolder(folder)).release();
  }, 20_000);

  it('says so when it cannot be made', async () => {
    await expect(claimDataFolder('/dev/null/data')).rejects.toThrow(StoreUnavailable);
  });
});
