import type { Collection, Db } from 'mongodb';
import { formatPosition } from '#eventing/position.js';
import { startCheckpoint, type Checkpoint, type ParkedEvent } from '#eventing/view-store.js';
import { isDuplicateKey, lasting, type Asked } from './connection.js';

interface CheckpointDocument {
  /** The name it goes by. */
  readonly _id: string;
  readonly position: bigint;
  readonly recordedAt: string;
}

interface ParkedDocument extends ParkedEvent {
  /** Generation and position, so that those of a generation are one range in log order. */
  readonly _id: string;
}

const checkpoints = (database: Db): Collection<CheckpointDocument> => database.collection('checkpoints', lasting);
const parkedOf = (database: Db): Collection<ParkedDocument> => database.collection('parked');

/** The checkpoints under these names; those that never moved are left out. */
export const checkpointsOf = async (
  database: Db,
  names: readonly string[],
  asked: Asked,
): Promise<ReadonlyMap<string, Checkpoint>> => {
  const found = await checkpoints(database)
    .find({ _id: { $in: names } }, asked)
    .toArray();
  return new Map(found.map(({ _id, position, recordedAt }) => [_id, { position, recordedAt }]));
};

/** Compare-and-set: whether the checkpoint stood at `from` and was moved. */
export const advanceCheckpoint = async (
  database: Db,
  name: string,
  from: Checkpoint,
  to: Checkpoint,
  asked: Asked,
): Promise<boolean> => {
  const { position, recordedAt } = to;
  const stood = { _id: name, position: from.position };
  try {
    // Where there is none yet, it stands at the beginning; one that stands elsewhere makes the insert fail.
    const upsert = from.position === startCheckpoint.position;
    const { matchedCount, upsertedCount } = await checkpoints(database).updateOne(
      stood,
      { $set: { position, recordedAt } },
      { upsert, ...asked },
    );
    return matchedCount + upsertedCount === 1;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
};

/** Remembers an event as parked, unless it is. */
export const parkEvent = async (database: Db, name: string, event: ParkedEvent, asked: Asked): Promise<void> => {
  const { stream, position, eventId, type, error } = event;
  const _id = `${name}\0${formatPosition(position)}`;
  try {
    await parkedOf(database).insertOne({ _id, stream, position, eventId, type, error }, asked);
  } catch (fault) {
    if (!isDuplicateKey(fault)) throw fault;
  }
};

const ofGeneration = (name: string) => ({ _id: { $gt: `${name}\0`, $lt: `${name}\x01` } });

/** The parked events of a generation in log order. */
export const parkedEvents = async (database: Db, name: string, asked: Asked): Promise<ParkedEvent[]> => {
  const found = await parkedOf(database).find(ofGeneration(name), asked).sort({ _id: 1 }).toArray();
  return found.map(({ stream, position, eventId, type, error }) => ({ stream, position, eventId, type, error }));
};

/** Forgets how far a generation was, and what was parked for it. */
export const forgetProgress = async (database: Db, name: string, asked: Asked): Promise<void> => {
  await checkpoints(database).deleteOne({ _id: name }, asked);
  await parkedOf(database).deleteMany(ofGeneration(name), asked);
};
