import {
  type Document,
  type Ids,
  type Operation,
  type Parameter,
  sampleOf,
  type Schema,
} from '../../../system/openapi-document.js';
import type { Random } from '../../../system/random.js';

/** A request that is still being made worse. */
export interface Draft {
  /** Left out once it is no request to an operation any more. */
  operation: Operation | undefined;
  method: string;
  /** Segments as they will be sent. */
  path: string[];
  /** As they will be sent, without `?` and `&`. */
  query: string[];
  headers: [name: string, value: string][];
  body: unknown;
  /** The body's text, once it can't be said as a value. */
  text?: string;
  bytes?: Buffer;
  /** How the body is framed: with its length, in chunks, or as it says by itself. */
  framing: 'length' | 'chunks' | 'none';
  /** The whole request once it is no HTTP any more; whoever sends it may get no answer at all. */
  wire?: Buffer;
  /** What was done to it. */
  readonly done: string[];
}

/** What requests are made of: ids of the caller's, of strangers and of nobody; keys; cursors that answers gave. */
export interface World {
  readonly document: Document;
  readonly random: Random;
  readonly own: Ids;
  readonly foreign: Ids;
  /** Bearers by the kind of caller; undefined: none. */
  readonly callers: Readonly<Record<string, string | undefined>>;
  readonly cursors: string[];
}

const parametersOf = ({ parameters = [] }: Operation, place: Parameter['in']): readonly Parameter[] =>
  parameters.filter((parameter) => parameter.in === place);

const queryValue = ({ name, schema }: Parameter, { random, own, document, cursors }: World): string => {
  if (name === 'cursor' || name === 'after') return random.of(cursors) ?? '';
  if (name === 'asOf') return new Date(Date.now() - random.below(10_000)).toISOString();
  if (name === 'minPosition' || name === 'from' || name === 'to') return String(1 + random.below(20));
  const items = (schema as Schema & { items?: Schema }).items ?? schema;
  return String(items.enum === undefined ? sampleOf(items, document, own, name) : random.of(items.enum));
};

/** A body that the operation takes, unlike those before: what is named is new, and whoever is invited. */
const sampleBody = (schema: Schema, { random, own, document }: World): unknown => {
  const text = JSON.stringify(sampleOf(schema, document, own))
    .replaceAll('"Some token"', () => JSON.stringify(own['token']))
    .replaceAll(/"Some (name|externalId)"/g, (_, field: string) => `"Some ${field} ${random.below(1e9)}"`)
    .replaceAll('someone@', () => `someone${random.below(1e9)}@`);
  return JSON.parse(text) as unknown;
};

/** A request to an operation that nothing is wrong with, by one of the callers. */
export const validDraft = (operation: Operation, world: World): Draft => {
  const { random, own, callers } = world;
  const caller = random.of(Object.keys(callers)) ?? '';
  const bearer = callers[caller];
  const isCommand = operation.method !== 'GET';
  const query = parametersOf(operation, 'query')
    .filter(() => random.below(4) === 0)
    .map((parameter) => `${parameter.name}=${encodeURIComponent(queryValue(parameter, world))}`);
  return {
    operation,
    method: operation.method,
    path: operation.path.split('/').map((segment) => {
      const name = /^\{(\w+)\}$/.exec(segment)?.[1];
      return name === undefined ? segment : encodeURIComponent(own[name] ?? 'unknown');
    }),
    query: isCommand && random.below(2) === 0 ? [...query, 'dryRun=true'] : query,
    headers: [
      ['Host', 'localhost'],
      ...(bearer === undefined ? [] : ([['Authorization', `Bearer ${bearer}`]] as [string, string][])),
      ...(isCommand ? ([['Content-Type', 'application/json']] as [string, string][]) : []),
    ],
    body: operation.body === undefined ? (isCommand ? {} : undefined) : sampleBody(operation.body, world),
    framing: 'length',
    done: [caller],
  };
};

/** Makes some commands say that they are to be done once, or on which revision. */
export const setConditions = ({ headers, method }: Draft, { random }: World): void => {
  if (method === 'GET') return;
  if (random.below(4) === 0) headers.push(['Idempotency-Key', `key-${random.below(40)}`]);
  if (random.below(8) === 0) headers.push(['If-Match', `"${random.below(10)}"`]);
};

const headOf = ({ method, path, query, headers }: Draft, more: readonly string[]): Buffer => {
  const target = path.join('/') + (query.length === 0 ? '' : `?${query.join('&')}`);
  const lines = [...headers.map(([name, value]) => `${name}: ${value}`), ...more, 'Connection: close'];
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
};

/** The request as it goes over the wire. */
export const wireOf = (draft: Draft): Buffer => {
  if (draft.wire !== undefined) return draft.wire;
  const { body, text, framing } = draft;
  const bytes =
    draft.bytes ?? (text === undefined && body === undefined ? undefined : Buffer.from(text ?? JSON.stringify(body)));
  if (bytes === undefined || framing === 'none') return Buffer.concat([headOf(draft, []), bytes ?? Buffer.alloc(0)]);
  if (framing === 'length') return Buffer.concat([headOf(draft, [`Content-Length: ${bytes.length}`]), bytes]);
  const middle = bytes.length >> 1;
  const chunks = [bytes.subarray(0, middle), bytes.subarray(middle)].filter(({ length }) => length > 0);
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([headOf(draft, ['Transfer-Encoding: chunked']), ...framed, Buffer.from('0\r\n\r\n')]);
};
