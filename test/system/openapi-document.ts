import type { Server } from './server.js';

/** As much of JSON Schema as our document uses in requests. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly additionalProperties?: boolean;
}

export interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Schema;
}

interface Response {
  readonly 'x-codes'?: readonly string[];
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface OperationObject {
  readonly operationId: string;
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Response>>;
  readonly security?: readonly object[];
}

export interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Operation extends OperationObject {
  readonly method: string;
  readonly path: string;
  /** Of the JSON body. */
  readonly body: Schema | undefined;
}

export const documentOf = async (server: Server): Promise<Document> =>
  (await server.ok('GET', '/openapi.json', undefined, { key: null })) as unknown as Document;

export const operationsOf = ({ paths }: Document): readonly Operation[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
      body: operation.requestBody?.content['application/json']?.schema,
    })),
  );

/** The schema itself, where it is named. */
export const resolved = (schema: Schema, { components }: Document): Schema =>
  schema.$ref === undefined ? schema : components.schemas[schema.$ref.split('/').at(-1) ?? '']!;

export const isNullable = ({ type }: Schema): boolean => Array.isArray(type) && type.includes('null');

/** Ids by the name of their path parameter. */
export type Ids = Readonly<Record<string, string>>;

const prefixes: Readonly<Record<string, string>> = {
  acc: 'accountId',
  app: 'applicationId',
  usr: 'userId',
  inv: 'invitationId',
};
const tomorrow = new Date(Date.now() + 86_400_000).toISOString();

/** A value that the schema allows, with the given ids in it. */
export const sampleOf = (schema: Schema, document: Document, ids: Ids, name = ''): unknown => {
  const { type, properties, items, pattern, format, minimum, enum: names } = resolved(schema, document);
  if (properties !== undefined)
    return Object.fromEntries(
      Object.entries(properties)
        .filter(([field]) => field !== 'teamId')
        .map(([field, value]) => [field, sampleOf(value, document, ids, field)]),
    );
  if (items !== undefined) return [sampleOf(items, document, ids, name)];
  if (names !== undefined) return names.includes('account') ? 'account' : names[0];
  const prefix = /^\^([a-z]+)_/.exec(pattern ?? '')?.[1];
  if (prefix !== undefined) return ids[prefixes[prefix] ?? ''] ?? `${prefix}_${'a'.repeat(26)}`;
  if ([type].flat().includes('integer')) return minimum ?? 1;
  if ([type].flat().includes('boolean')) return false;
  if (format === 'email') return 'someone@example.com';
  if (format === 'date-time') return tomorrow;
  if (format === 'uri') return 'https://example.com/';
  if (name === 'role') return 'reader';
  if (name === 'plan') return 'pro';
  return name === 'permissions' ? 'members:invite' : `Some ${name}`;
};

/** The path with ids in the place of its parameters. */
export const pathOf = (path: string, ids: Ids): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? `${name}-is-not-known`);
