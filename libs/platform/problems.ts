import { type Problem, type Refusal } from '#eventing/refusal.js';
import { catalogue, type ProblemCode } from './problem-catalogue.js';

/** One problem of a request: `pointer` into the body, or the query or path `parameter`, or the `header` it lies in. */
export interface RequestProblem extends Problem {
  readonly parameter?: string;
  readonly header?: string;
}

/** An answer's `application/problem+json` (RFC 9457). There is never an `instance`. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly problems?: readonly RequestProblem[];
  readonly [extension: string]: unknown;
}

export const problemContentType = 'application/problem+json; charset=utf-8';

/** The extensions that leave the server, by their name in a refusal's details. Everything else stays inside. */
const extensions: Readonly<Record<string, string>> = {
  needs: 'needs',
  // RFC 9457 keeps `status` for the HTTP status.
  status: 'currentStatus',
  position: 'position',
  invitationId: 'invitationId',
  accountIds: 'accountIds',
  holders: 'holders',
  at: 'at',
};

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(catalogue, code);

export const problemType = (code: ProblemCode): string => `https://grantrail.dev/problems/${code}`;

const shown = ({ code, pointer, parameter, header, id }: RequestProblem): RequestProblem => ({
  ...(pointer === undefined ? {} : { pointer }),
  ...(parameter === undefined ? {} : { parameter }),
  ...(header === undefined ? {} : { header }),
  code,
  ...(id === undefined ? {} : { id }),
});

/** The problem of a code as the catalogue has it: for one code always the same bytes. */
export const problemOfCode = (code: ProblemCode): ProblemDocument => {
  const [status, title, detail] = catalogue[code];
  return { type: problemType(code), title, status, code, detail };
};

/**
 * What a client is told of a refusal, undefined for a code that the catalogue lacks (a bug).
 * What was not found has no details, so that a foreign id and a missing one answer alike.
 */
export const problemOf = (refusal: Refusal): ProblemDocument | undefined => {
  if (!isProblemCode(refusal.code)) return undefined;
  const problem = problemOfCode(refusal.code);
  const details = problem.status === 404 ? [] : Object.entries(refusal.details);
  return {
    ...problem,
    ...Object.fromEntries(
      details.flatMap(([name, value]) => (extensions[name] === undefined ? [] : [[extensions[name], value]])),
    ),
    ...(refusal.problems.length > 0 ? { problems: refusal.problems.map(shown) } : {}),
  };
};
