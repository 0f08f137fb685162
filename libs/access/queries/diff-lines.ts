import type { JsonValue } from '#eventing/json.js';
import { sameJson } from './same-json.js';
import type { UserApplication, UserRow } from './user-rows.js';

export interface FieldChange {
  readonly field: string;
  readonly from: JsonValue;
  readonly to: JsonValue;
}

/** Ids stand in the key; what follows from other fields, or changes with every event, is left out. */
const compared = ['firstName', 'lastName', 'email', 'role', 'status', 'team', 'joinedAt', 'invitation'] as const;
const joinedFields = ['accountName', 'roleTitle'] as const;

const applicationsOf = (row: UserRow | null): ReadonlyMap<string, UserApplication> =>
  new Map(row?.applications.map((application) => [application.id, application]));

const json = (value: unknown): JsonValue => (value ?? null) as JsonValue;

const change = (field: string, from: unknown, to: unknown): FieldChange[] =>
  sameJson(from ?? null, to ?? null) ? [] : [{ field, from: json(from), to: json(to) }];

/** What differs between two rows of one person, field by field; each application is a field. */
export const fieldChanges = (before: UserRow | null, after: UserRow | null): readonly FieldChange[] => {
  const [had, has] = [applicationsOf(before), applicationsOf(after)];
  const renamed = before !== null && after !== null && before.role === after.role;
  const ids = [...new Set([...had.keys(), ...has.keys()])].sort();
  return [
    ...compared.flatMap((field) => change(field, before?.[field], after?.[field])),
    ...(renamed ? joinedFields.flatMap((field) => change(field, before[field], after[field])) : []),
    ...ids.flatMap((id) => change(`applications/${id}`, had.get(id), has.get(id))),
  ];
};
