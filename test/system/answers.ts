import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Document, Operation } from './openapi-document.js';
import type { Answer } from './server.js';

/** The document with objects closed: a field that it doesn't tell of is a fault here, though clients would ignore it. */
const closed = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]));
  const isObject = 'properties' in inner && inner['type'] === 'object';
  return isObject && !('additionalProperties' in inner) ? { ...inner, additionalProperties: false } : inner;
};

/** Checks answers against what the document says of their operation and status. */
export class Answers {
  readonly #ajv: Ajv2020;
  readonly #checks = new Map<string, ValidateFunction>();
  /** Operations that have answered as they should, and with which status. */
  readonly seen = new Map<string, Set<number>>();

  constructor(document: Document) {
    this.#ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(this.#ajv);
    this.#ajv.addSchema(closed({ components: document.components }) as object, 'doc');
  }

  /** What is wrong with an answer; nothing: undefined. */
  faultOf({ operationId, responses }: Operation, { status, headers, body }: Answer): string | undefined {
    const declared = responses[String(status)];
    if (declared === undefined) return `${operationId} does not tell of ${status}: ${JSON.stringify(body)}`;
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    const schema = declared.content?.[type]?.schema;
    if (schema === undefined) return `${operationId} ${status} does not tell of ${type}`;
    const codes = declared['x-codes'];
    if (codes !== undefined && !codes.includes(body.code as string))
      return `${operationId} ${status} does not list ${String(body.code)}`;
    const key = `${operationId} ${status} ${type}`;
    const check = this.#checks.get(key) ?? this.#compile(schema);
    this.#checks.set(key, check);
    if (!check(body)) return `${key}: ${this.#ajv.errorsText(check.errors)} in ${JSON.stringify(body).slice(0, 600)}`;
    this.seen.set(operationId, (this.seen.get(operationId) ?? new Set()).add(status));
    return undefined;
  }

  #compile(schema: object): ValidateFunction {
    const absolute = JSON.stringify(closed(schema)).replaceAll('"#/components/', '"doc#/components/');
    return this.#ajv.compile(JSON.parse(absolute) as object);
  }
}
