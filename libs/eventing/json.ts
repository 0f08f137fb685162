export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [field: string]: JsonValue | undefined;
}

/** The fields that have a value. */
export const given = <Fields extends object>(fields: Fields): Fields => {
  const kept: Partial<Fields> = {};
  for (const field of Object.keys(fields) as (keyof Fields)[])
    if (fields[field] !== undefined) kept[field] = fields[field];
  return kept as Fields;
};
