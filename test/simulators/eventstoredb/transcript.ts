import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const path = resolve(import.meta.dirname, '../../../../shared/eventstoredb/transcript.json');

/** A message that went over the wire, or what the client handed to its caller after them. */
interface Row {
  readonly scenario: string;
  readonly outcome?: unknown;
}

/** What a real EventStoreDB answered: outcomes by scenario, in order. Undefined where the recording is not at hand. */
export const recordedOutcomes = (): ReadonlyMap<string, unknown> | undefined => {
  if (!existsSync(path)) return undefined;
  const rows = JSON.parse(readFileSync(path, 'utf8')) as readonly Row[];
  return new Map(rows.filter((row) => 'outcome' in row).map(({ scenario, outcome }) => [scenario, outcome]));
};

const positionKeys = new Set(['commit', 'prepare', 'commitPosition']);

/** Positions differ between two servers, but what stands for the same place must do so everywhere, and in the same order. */
export class PositionPairs {
  readonly #ours = new Map<bigint, bigint>();

  /** Our outcome with the recorded positions in place of ours, for comparing; takes note of which stands for which. */
  translate(ours: unknown, recorded: unknown, key = ''): unknown {
    if (typeof ours === 'string' && typeof recorded === 'string' && positionKeys.has(key)) {
      const known = this.#ours.get(BigInt(recorded));
      if (known !== undefined && known !== BigInt(ours)) return `${ours}, but elsewhere ${known}`;
      this.#ours.set(BigInt(recorded), BigInt(ours));
      return recorded;
    }
    if (Array.isArray(ours)) {
      return ours.map((value, n) => this.translate(value, Array.isArray(recorded) ? recorded[n] : undefined, key));
    }
    if (typeof ours !== 'object' || ours === null) return ours;
    const theirs = (recorded ?? {}) as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      Object.entries(ours).map(([name, value]) => [name, this.translate(value, theirs[name], name)]),
    );
  }

  /** Our positions in the order of the recorded ones. */
  inRecordedOrder(): readonly bigint[] {
    return [...this.#ours].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ours]) => ours);
  }
}
