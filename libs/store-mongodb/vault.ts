import { setTimeout as sleep } from 'node:timers/promises';
import { Binary, type Collection, type Db, type FindOptions } from 'mongodb';
import { StoreUnavailable } from '#eventing/event-store.js';
import type { Vault } from '#eventing/vault.js';
import { connect, isDuplicateKey, lasting, type Asked, type ConnectionOptions } from './connection.js';

/** A person in one document, so that no race leaves both: the key, or the tombstone that keeps it from having one. */
interface SubjectDocument {
  readonly _id: string;
  readonly wrapped?: Binary;
  readonly buriedAt?: string;
}

interface ClaimDocument {
  /** {@link claimId}: the unique blind index. */
  readonly _id: string;
  readonly holder: string;
}

interface LeaseDocument {
  /** The name it goes by. */
  readonly _id: string;
  readonly owner: string;
  readonly until: Date;
}

const collectionsOf = (database: Db) => ({
  subjects: database.collection<SubjectDocument>('subjects'),
  claims: database.collection<ClaimDocument>('claims'),
  leases: database.collection<LeaseDocument>('leases'),
});

/** No kind holds U+0000. */
const claimId = (kind: string, index: string): string => `${kind}\0${index}`;
const bytesOf = (binary: Binary): Uint8Array => Uint8Array.from(binary.value());
const buried = { buriedAt: { $exists: true } };
const pageSize = 500;
const confirmedWithinMs = 2_000;

/** Whether the document was inserted: false when its id is there. */
const isNew = async (insert: Promise<unknown>): Promise<boolean> => {
  try {
    await insert;
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
};

/** Replaces the keys that are still as they were read; gives how many. */
const replaceKeys = async (
  subjects: Collection<SubjectDocument>,
  read: readonly SubjectDocument[],
  rewrap: (wrapped: Uint8Array, subject: string) => Uint8Array,
  asked: Asked,
): Promise<number> => {
  const operations = read.flatMap(({ _id, wrapped }) => {
    if (wrapped === undefined) return [];
    const fresh = rewrap(bytesOf(wrapped), _id);
    if (Buffer.compare(fresh, wrapped.value()) === 0) return [];
    return [{ updateOne: { filter: { _id, wrapped }, update: { $set: { wrapped: new Binary(fresh) } } } }];
  });
  return operations.length === 0
    ? 0
    : (await subjects.bulkWrite(operations, { ordered: false, ...asked })).modifiedCount;
};

const inOrder: FindOptions = { sort: { _id: 1 }, limit: pageSize };

/** All documents of a collection by their ids, page by page. */
const pagesOf = async function* <Document extends { readonly _id: string }>(
  after: (id: string) => Promise<Document[]>,
): AsyncGenerator<Document[]> {
  for (let last = ''; ;) {
    const page = await after(last);
    yield page;
    if (page.length < pageSize) return;
    last = page.at(-1)?._id ?? last;
  }
};

/**
 * The vault in a MongoDB database of its own. Each answer is one document's: races are decided by its id, or by what it
 * still holds when it is changed. Writes are acknowledged by a majority and journaled.
 * @throws StoreUnavailable when no server answers
 */
export const mongodbVault = async (url: string, options: ConnectionOptions = {}): Promise<Vault> => {
  const { database, answer, close } = await connect(url, options);
  const { subjects, claims, leases } = collectionsOf(database);
  /** A key counts once a majority has it: what it seals must open for good. Missing there alone is no absence, which would read as erased. */
  const keyOf = async (subject: string, asked: Asked): Promise<Uint8Array | undefined> => {
    const deadline = Date.now() + confirmedWithinMs;
    while (Date.now() < deadline) {
      const found = await subjects.findOne({ _id: subject }, { ...lasting, ...asked });
      if (found !== null) return found.wrapped && bytesOf(found.wrapped);
      if ((await subjects.findOne({ _id: subject }, asked)) === null) return undefined;
      await sleep(5);
    }
    throw new StoreUnavailable('MongoDB: no majority has confirmed a key');
  };
  const holderOf = async (kind: string, index: string, asked: Asked): Promise<string | undefined> =>
    (await claims.findOne({ _id: claimId(kind, index) }, asked))?.holder;
  const subjectsAfter = (id: string): Promise<SubjectDocument[]> =>
    answer((asked) => subjects.find({ _id: { $gt: id } }, { ...inOrder, ...asked }).toArray());
  const claimsAfter = (id: string): Promise<ClaimDocument[]> =>
    answer((asked) => claims.find({ _id: { $gt: id } }, { ...inOrder, ...asked }).toArray());
  try {
    const index = { key: { buriedAt: 1, _id: 1 }, name: 'tombstones', partialFilterExpression: buried } as const;
    await answer((asked) => subjects.createIndexes([index], asked));
  } catch (error) {
    await close();
    throw error;
  }

  return {
    key: (subject) => answer((asked) => keyOf(subject, asked)),
    addKey: (subject, wrapped) =>
      answer(async (asked) => {
        const key = Uint8Array.from(wrapped);
        if (await isNew(subjects.insertOne({ _id: subject, wrapped: new Binary(key) }, asked)))
          return Uint8Array.from(key);
        return keyOf(subject, asked);
      }),
    keys: async function* () {
      for await (const page of pagesOf(subjectsAfter))
        for (const { _id: subject, wrapped } of page)
          if (wrapped !== undefined) yield { subject, wrapped: bytesOf(wrapped) };
    },
    rewrapKeys: async (rewrap) => {
      let total = 0;
      for await (const page of pagesOf(subjectsAfter))
        total += await answer((asked) => replaceKeys(subjects, page, rewrap, asked));
      return total;
    },
    bury: (subject, at) =>
      answer(async (asked) => {
        for (;;) {
          const unburied = { _id: subject, buriedAt: { $exists: false } };
          const change = { $set: { buriedAt: at }, $unset: { wrapped: true as const } };
          if ((await subjects.updateOne(unburied, change, asked)).matchedCount === 1) return;
          if (await isNew(subjects.insertOne({ _id: subject, buriedAt: at }, asked))) return;
          // It is buried already, or got a key just now.
          if ((await subjects.findOne({ _id: subject }, asked))?.buriedAt !== undefined) return;
        }
      }),
    tombstones: () =>
      answer(async (asked) => {
        const found = await subjects.find(buried, asked).sort({ buriedAt: 1, _id: 1 }).toArray();
        return found.map(({ _id, buriedAt = '' }) => ({ subject: _id, at: buriedAt }));
      }),

    claimHolder: (kind, index) => answer((asked) => holderOf(kind, index, asked)),
    claim: (kind, index, holder) =>
      answer(async (asked) => {
        for (;;) {
          if (await isNew(claims.insertOne({ _id: claimId(kind, index), holder }, asked))) return holder;
          const standing = await holderOf(kind, index, asked);
          // It was given back in between: free again.
          if (standing !== undefined) return standing;
        }
      }),
    moveClaim: (kind, index, from, to) =>
      answer(async (asked) => {
        const held = { _id: claimId(kind, index), holder: from };
        return (await claims.updateOne(held, { $set: { holder: to } }, asked)).matchedCount === 1;
      }),
    releaseClaim: (kind, index, holder) =>
      answer(async (asked) => {
        await claims.deleteOne({ _id: claimId(kind, index), holder }, asked);
      }),
    claims: async function* () {
      for await (const page of pagesOf(claimsAfter))
        for (const { _id, holder } of page) {
          const [kind = '', index = ''] = _id.split('\0');
          yield { kind, index, holder };
        }
    },

    lease: (name, owner, durationMs, now) =>
      answer(async (asked) => {
        const lease = { owner, until: new Date(now + durationMs) };
        const free = { _id: name, $or: [{ owner }, { until: { $lte: new Date(now) } }] };
        if ((await leases.updateOne(free, { $set: lease }, asked)).matchedCount === 1) return true;
        return isNew(leases.insertOne({ _id: name, ...lease }, asked));
      }),
    releaseLease: (name, owner) =>
      answer(async (asked) => {
        await leases.deleteOne({ _id: name, owner }, asked);
      }),
    close,
  };
};
