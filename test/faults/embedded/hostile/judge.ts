import { catalogue } from '#platform/problem-catalogue.js';
import type { Answers } from '../../../system/answers.js';
import type { Answer, Body } from '../../../system/server.js';
import type { Draft } from './draft.js';
import type { NoAnswer } from './wire.js';

interface Place {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly header?: string;
  readonly code?: string;
}

/** What is wrong with a refusal itself, whichever operation it comes from. */
const problemFault = (status: number, headers: Headers, body: Body): string | undefined => {
  if (headers.get('content-type') !== 'application/problem+json; charset=utf-8')
    return `has content type ${headers.get('content-type')}`;
  const [known, title, detail] = Object.entries(catalogue).find(([code]) => code === body.code)?.[1] ?? [];
  if (known !== status || body.status !== status) return `has code ${String(body.code)} at ${status}`;
  if (body.title !== title || body.detail !== detail) return `does not say what the catalogue says of it`;
  const places = (body['problems'] ?? []) as readonly Place[];
  const isNamed = ({ pointer, parameter, header }: Place): boolean => (pointer ?? parameter ?? header) !== undefined;
  if (body.code === 'invalid-request' && (places.length === 0 || !places.every(isNamed)))
    return 'does not name what is wrong';
  if (body.code === 'invalid-json' && places.length === 0) return 'does not say what is wrong';
  return undefined;
};

/** Whatever is wrong with an answer to a request that anything may be wrong with. */
export const faultOf = (draft: Draft, answer: Answer | NoAnswer, answers: Answers): string | undefined => {
  const { operation, wire, method } = draft;
  if (answer === 'closed') return wire === undefined ? 'was not answered' : undefined;
  if (answer === 'silent') return 'was left waiting';
  const { status, headers, body } = answer;
  if (status >= 500) return `failed with ${status} ${String(body.code)}`;
  const isPlain = operation !== undefined && wire === undefined && status !== 304;
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (isPlain && !isStream) {
    const fault = answers.faultOf(operation, answer);
    if (fault !== undefined) return fault;
  }
  return status < 400 || method === 'HEAD' ? undefined : problemFault(status, headers, body);
};
