import type { DatabaseSync } from 'node:sqlite';
import type { HeldClaim, Vault, WrappedKey } from '#eventing/vault.js';
import { inTransaction, type FileOptions } from './database.js';
import { openPrivateFile } from './private-file.js';
import { writeQueue } from './write-queue.js';

const schema = [
  `CREATE TABLE subject_key (subject TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
   CREATE TABLE tombstone (subject TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE claim (kind TEXT, "index" TEXT, holder TEXT NOT NULL, PRIMARY KEY (kind, "index")) STRICT, WITHOUT ROWID;
   CREATE TABLE lease (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
];
const pageSize = 500;

const statementsOf = (database: DatabaseSync) => ({
  key: database.prepare('SELECT wrapped FROM subject_key WHERE subject = ?'),
  addKey: database.prepare(
    `INSERT INTO subject_key SELECT :subject, :wrapped
     WHERE NOT EXISTS (SELECT 1 FROM tombstone WHERE subject = :subject) ON CONFLICT DO NOTHING`,
  ),
  keysAfter: database.prepare('SELECT subject, wrapped FROM subject_key WHERE subject > ? ORDER BY subject LIMIT ?'),
  replaceKey: database.prepare('UPDATE subject_key SET wrapped = ? WHERE subject = ?'),
  removeKey: database.prepare('DELETE FROM subject_key WHERE subject = ?'),
  addTombstone: database.prepare('INSERT INTO tombstone VALUES (?, ?) ON CONFLICT DO NOTHING'),
  tombstones: database.prepare('SELECT subject, at FROM tombstone ORDER BY at, subject'),
  holder: database.prepare('SELECT holder FROM claim WHERE kind = ? AND "index" = ?'),
  claim: database.prepare('INSERT INTO claim VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
  claimsAfter: database.prepare(
    'SELECT kind, "index", holder FROM claim WHERE (kind, "index") > (?, ?) ORDER BY kind, "index" LIMIT ?',
  ),
  moveClaim: database.prepare(
    'UPDATE claim SET holder = :to WHERE kind = :kind AND "index" = :index AND holder = :from',
  ),
  releaseClaim: database.prepare('DELETE FROM claim WHERE kind = ? AND "index" = ? AND holder = ?'),
  lease: database.prepare(
    `INSERT INTO lease VALUES (:name, :owner, :until)
     ON CONFLICT (name) DO UPDATE SET owner = :owner, until = :until WHERE owner = :owner OR until <= :now`,
  ),
  releaseLease: database.prepare('DELETE FROM lease WHERE name = ? AND owner = ?'),
});

/** Pages as they were, with keys that are gone, stay in the WAL until it is emptied. */
const emptyWal = (database: DatabaseSync): void => database.exec('PRAGMA wal_checkpoint(TRUNCATE)');

/**
 * The vault in a file of its own, readable by its owner only.
 * @throws StoreUnavailable when the file can't be opened
 */
export const sqliteVault = (path: string, options: FileOptions = {}): Vault => {
  const file = openPrivateFile(path, schema, options);
  const { database, answer } = file;
  const statements = statementsOf(database);
  const { write, flush } = writeQueue(file);
  const keyOf = (subject: string): Uint8Array | undefined =>
    statements.key.get(subject)?.['wrapped'] as Uint8Array | undefined;
  const holderOf = (kind: string, index: string): string | undefined =>
    statements.holder.get(kind, index)?.['holder'] as string | undefined;

  const keysAfter = (subject: string): WrappedKey[] =>
    statements.keysAfter.all(subject, pageSize) as unknown as WrappedKey[];
  const claimsAfter = ({ kind, index }: Omit<HeldClaim, 'holder'>): HeldClaim[] =>
    statements.claimsAfter.all(kind, index, pageSize) as unknown as HeldClaim[];

  /** Rewraps the next subjects in one commit. */
  const rewrapAfter = (subject: string, rewrap: (wrapped: Uint8Array, subject: string) => Uint8Array) =>
    inTransaction(database, () => {
      const rows = keysAfter(subject);
      let changed = 0;
      for (const row of rows) {
        const fresh = rewrap(row.wrapped, row.subject);
        if (Buffer.compare(fresh, row.wrapped) === 0) continue;
        statements.replaceKey.run(fresh, row.subject);
        changed += 1;
      }
      return { changed, last: rows.length < pageSize ? undefined : rows.at(-1)?.subject };
    });

  return {
    key: (subject) => answer(() => keyOf(subject)),
    addKey: (subject, wrapped) => {
      const kept = Uint8Array.from(wrapped);
      return write(() => {
        statements.addKey.run({ subject, wrapped: kept });
        return keyOf(subject);
      });
    },
    keys: async function* () {
      for (let after = ''; ;) {
        const last = after;
        const page = await answer(() => keysAfter(last));
        yield* page;
        if (page.length < pageSize) return;
        after = page.at(-1)?.subject ?? '';
      }
    },
    rewrapKeys: async (rewrap) => {
      let total = 0;
      for (let after: string | undefined = ''; after !== undefined;) {
        const from: string = after;
        const { changed, last } = await answer(() => rewrapAfter(from, rewrap));
        total += changed;
        after = last;
      }
      await answer(() => emptyWal(database));
      return total;
    },
    bury: (subject, at) =>
      answer(() => {
        inTransaction(database, () => {
          statements.removeKey.run(subject);
          statements.addTombstone.run(subject, at);
        });
        emptyWal(database);
      }),
    tombstones: () =>
      answer(() =>
        statements.tombstones.all().map((row) => ({ subject: String(row['subject']), at: String(row['at']) })),
      ),

    claimHolder: (kind, index) => answer(() => holderOf(kind, index)),
    claim: async (kind, index, holder) => {
      const standing = await answer(() => holderOf(kind, index));
      if (standing !== undefined) return standing;
      return write(() => {
        statements.claim.run(kind, index, holder);
        return holderOf(kind, index) ?? holder;
      });
    },
    moveClaim: (kind, index, from, to) =>
      write(() => statements.moveClaim.run({ kind, index, from, to }).changes === 1),
    releaseClaim: (kind, index, holder) =>
      write(() => {
        statements.releaseClaim.run(kind, index, holder);
      }),
    claims: async function* () {
      for (let after: Omit<HeldClaim, 'holder'> = { kind: '', index: '' }; ;) {
        const last = after;
        const page = await answer(() => claimsAfter(last));
        yield* page;
        if (page.length < pageSize) return;
        after = page.at(-1) ?? last;
      }
    },

    lease: (name, owner, durationMs, now) =>
      write(() => statements.lease.run({ name, owner, until: now + durationMs, now }).changes === 1),
    releaseLease: (name, owner) =>
      write(() => {
        statements.releaseLease.run(name, owner);
      }),
    close: () =>
      answer(() => {
        if (!database.isOpen) return;
        flush();
        database.close();
      }),
  };
};
