import { catalogue, type ProblemCode } from '#platform/problem-catalogue.js';
import type { Operation } from './openapi-document.js';
import { type Answer, answerOf, type Server } from './server.js';

const json = { 'content-type': 'application/json' };
const inParallel = 16;

/** Whatever is wrong with an answer that should be a refusal. */
const faultOf = ({ status, headers, body }: Answer, { responses }: Operation): string | undefined => {
  if (status < 400) return `was taken with ${status}`;
  if (status >= 500) return `failed with ${status}`;
  if (headers.get('content-type') !== 'application/problem+json; charset=utf-8')
    return `has content type ${headers.get('content-type')}`;
  const code = body.code as ProblemCode;
  if (!(code in catalogue) || catalogue[code][0] !== status || body.status !== status)
    return `has code ${code} at ${status}`;
  const declared = responses[String(status)]?.['x-codes'] ?? [];
  return declared.includes(code) ? undefined : `answers ${status} ${code}, which the operation does not list`;
};

/** A request that must be refused. */
export type Try = readonly [what: string, operation: Operation, send: () => Promise<Answer>];

/** Sends what must be refused, with the operator's key, and finds what is wrong with the refusals. */
export class Refusals {
  readonly faults = new Set<string>();
  requests = 0;

  constructor(readonly server: Server) {}

  /** A request with a body as it is, whatever that is. */
  async raw(
    { method }: Pick<Operation, 'method'>,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = json,
  ): Promise<Answer> {
    this.requests += 1;
    const response = await this.server.fetch(path, {
      method,
      headers: { authorization: `Bearer ${this.server.operatorKey}`, ...(body !== undefined && headers) },
      ...(body !== undefined && { body }),
    });
    return answerOf(response);
  }

  /** Sends requests, some at once, and gives what is wrong with the answers. */
  async faultsOf(tries: Iterable<Try>): Promise<readonly string[]> {
    this.faults.clear();
    const left = [...tries].values();
    const client = async (): Promise<void> => {
      for (const [what, operation, send] of left) {
        const fault = faultOf(await send(), operation);
        if (fault !== undefined) this.faults.add(`${operation.operationId} ${what}: ${fault}`);
      }
    };
    await Promise.all(Array.from({ length: inParallel }, client));
    return [...this.faults].sort();
  }
}
