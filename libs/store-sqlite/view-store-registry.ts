import { StoreUnavailable } from '#eventing/event-store.js';
import {
  generationName,
  startCheckpoint,
  type Checkpoint,
  type Generation,
  type LiveGeneration,
  type ParkedEvent,
} from '#eventing/view-store.js';
import type { Connection, SqlRow } from './view-store-connection.js';
import type { RowTable } from './view-store-schema.js';

const generationOf = ({ view, number, version, state }: SqlRow): Generation => {
  return {
    view: String(view),
    number: Number(number),
    version: Number(version),
    state: state === 'live' ? 'live' : 'building',
  };
};

/** The generations of a view, ascending by number. */
export const generationsOf = (connection: Connection, view: string): Generation[] =>
  connection.all({ sql: 'SELECT * FROM generations WHERE view = ? ORDER BY number', values: [view] }).map(generationOf);

/** The generation as it is registered now. @throws StoreUnavailable when it was dropped */
export const registered = (connection: Connection, generation: Generation): Generation => {
  const name = generationName(generation);
  const row = connection.get({ sql: 'SELECT * FROM generations WHERE name = ?', values: [name] });
  if (row === undefined) throw new StoreUnavailable(`${name} is not there (any more)`);
  return generationOf(row);
};

interface CreatedGeneration {
  readonly generation: Generation;
  readonly table: RowTable;
}

const create = (
  connection: Connection,
  { view, version, state }: Omit<Generation, 'number'>,
  tableOf: (generation: Generation) => RowTable,
): CreatedGeneration => {
  const next = connection.get({
    sql: `INSERT INTO views VALUES (?, 1) ON CONFLICT (view) DO UPDATE SET last_number = last_number + 1 RETURNING last_number`,
    values: [view],
  });
  const generation = { view, number: Number(next?.['last_number']), version, state };
  const table = tableOf(generation);
  connection.run({
    sql: 'INSERT INTO generations VALUES (?, ?, ?, ?, ?)',
    values: [table.name, view, generation.number, version, state],
  });
  connection.exec(table.create);
  return { generation, table };
};

/** Registers and makes the next generation; a number is never used again. */
export const createGeneration = (
  connection: Connection,
  view: string,
  version: number,
  tableOf: (generation: Generation) => RowTable,
): CreatedGeneration => connection.transaction(() => create(connection, { view, version, state: 'building' }, tableOf));

/** The live generation of a name, made now if there is none. */
export const keptGeneration = (
  connection: Connection,
  name: string,
  tableOf: (generation: Generation) => RowTable,
): CreatedGeneration =>
  connection.transaction(() => {
    const live = generationsOf(connection, name).findLast(({ state }) => state === 'live');
    if (live === undefined) return create(connection, { view: name, version: 1, state: 'live' }, tableOf);
    return { generation: live, table: tableOf(live) };
  });

const forget = (connection: Connection, generation: Generation): void => {
  const values = [generationName(generation)];
  connection.run({ sql: 'DELETE FROM generations WHERE name = ?', values });
  connection.run({ sql: 'DELETE FROM checkpoints WHERE name = ?', values });
  connection.run({ sql: 'DELETE FROM parked WHERE generation = ?', values });
};

/** @throws Error when the columns were changed without a new version of the view; what is missing can't be made from rows */
export const assertColumns = (connection: Connection, { name, columns }: RowTable): void => {
  const held = connection
    .all({ sql: `SELECT substr(name, 3) AS name FROM pragma_table_info(?) WHERE name GLOB 'c_*'`, values: [name] })
    .map((column) => String(column['name']));
  if (held.toSorted().join() === columns.toSorted().join()) return;
  throw new Error(`${name} holds the columns ${held.join()}, not ${columns.join()}: raise the view's version`);
};

/** Makes the generation live and forgets the earlier ones in one step; their tables are left to be swept. */
export const promoteGeneration = (connection: Connection, generation: Generation): Generation =>
  connection.transaction(() => {
    const { view, number } = registered(connection, generation);
    generationsOf(connection, view)
      .filter((other) => other.number < number)
      .forEach((earlier) => forget(connection, earlier));
    connection.run({
      sql: `UPDATE generations SET state = 'live' WHERE name = ?`,
      values: [generationName(generation)],
    });
    return registered(connection, generation);
  });

export const forgetGeneration = (connection: Connection, generation: Generation): void =>
  connection.transaction(() => forget(connection, generation));

/** The tables that are left of forgotten generations. */
export const forgottenTables = (connection: Connection): string[] =>
  connection
    .all({
      sql: `SELECT name FROM sqlite_schema WHERE type = 'table' AND instr(name, '@') AND name NOT IN (SELECT name FROM generations)`,
      values: [],
    })
    .map(({ name }) => String(name));

const checkpointIn = ({ position, recorded_at: recordedAt }: SqlRow): Checkpoint => {
  return { position: position as bigint, recordedAt: String(recordedAt) };
};

export const checkpointOf = (connection: Connection, name: string): Checkpoint => {
  const row = connection.get({ sql: 'SELECT position, recorded_at FROM checkpoints WHERE name = ?', values: [name] });
  return row === undefined ? startCheckpoint : checkpointIn(row);
};

/** The live generations of all views with their checkpoints. */
export const liveGenerations = (connection: Connection): LiveGeneration[] => {
  const sql = `SELECT generations.*, position, recorded_at FROM generations LEFT JOIN checkpoints USING (name) WHERE state = 'live'`;
  return connection.all({ sql, values: [] }).map((row) => {
    return {
      generation: generationOf(row),
      checkpoint: row['position'] === null ? startCheckpoint : checkpointIn(row),
    };
  });
};

/** Compare-and-set: whether the checkpoint stood at `from` and was moved. */
export const advanceCheckpoint = (connection: Connection, name: string, from: Checkpoint, to: Checkpoint): boolean => {
  const set = 'UPDATE SET position = excluded.position, recorded_at = excluded.recorded_at';
  const insert = `INSERT INTO checkpoints VALUES (?, ?, ?) ON CONFLICT (name) DO ${set} WHERE position = ?`;
  const update = 'UPDATE checkpoints SET position = ?, recorded_at = ? WHERE name = ? AND position = ?';
  const moved =
    from.position === startCheckpoint.position
      ? connection.run({ sql: insert, values: [name, to.position, to.recordedAt, from.position] })
      : connection.run({ sql: update, values: [to.position, to.recordedAt, name, from.position] });
  return moved === 1;
};

export const parkEvent = (connection: Connection, name: string, event: ParkedEvent): void => {
  connection.run({
    sql: 'INSERT INTO parked VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    values: [name, event.position, event.stream, event.eventId, event.type, event.error],
  });
};

/** The parked events of a generation in log order. */
export const parkedEvents = (connection: Connection, name: string): ParkedEvent[] =>
  connection
    .all({
      sql: 'SELECT * FROM parked WHERE generation = ? ORDER BY position',
      values: [name],
    })
    .map(({ stream, position, event_id: eventId, type, error }) => {
      return {
        stream: String(stream),
        position: position as bigint,
        eventId: String(eventId),
        type: String(type),
        error: String(error),
      };
    });
