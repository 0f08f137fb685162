import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreReadOnly, StoreUnavailable } from '#eventing/event-store.js';
import { DiskFaults } from './disk-faults.js';

describe('faults of a disk', () => {
  let folder: string;
  let told: string[];
  let faults: DiskFaults;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'disk-faults-'));
    told = [];
    faults = new DiskFaults((fault) => told.push(fault), 0);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('stand until the file can be written again', () => {
    const path = join(folder, 'vault', 'vault.db');
    faults.of(path).onFault?.(new StoreUnavailable('vault.db: disk I/O error'));
    expect(told).toEqual(['vault.db: disk I/O error']);
    expect(faults.standing()).toEqual(['vault.db: disk I/O error']);
    mkdirSync(join(folder, 'vault'));
    expect(faults.standing()).toEqual([]);
  });

  it('stand until a restart where a log takes no more events', () => {
    const { onFault } = faults.of(join(folder, 'events.db'));
    onFault?.(new StoreReadOnly('no more events'));
    onFault?.(new StoreUnavailable("can't be read"));
    expect(told).toEqual(['no more events', "can't be read"]);
    expect(faults.standing()).toEqual(['no more events']);
  });

  it('are none where nothing went wrong', () => {
    expect(faults.standing()).toEqual([]);
  });
});
