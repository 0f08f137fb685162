import { catalogue, type ProblemCode } from './problem-catalogue.js';

/** What decides which codes an operation may answer. */
export interface OperationTraits {
  readonly kind: 'command' | 'question';
  readonly caller: 'required' | 'optional' | 'none';
  readonly hasBody: boolean;
  readonly hasPathParameter: boolean;
  readonly pagination: 'cursor' | 'after' | undefined;
  /** Those that the route declares itself. */
  readonly codes: readonly ProblemCode[];
}

const always: readonly ProblemCode[] = [
  'invalid-request',
  'unknown-parameter',
  'not-acceptable',
  'rate-limited',
  'internal',
  'unavailable',
];
const ofCommands: readonly ProblemCode[] = [
  ...([
    'reason-given-twice',
    'account-suspended',
    'account-closed',
    'changed-meanwhile',
    'idempotency-key-reused',
  ] as const),
  ...(['busy', 'cannot-confirm', 'read-only'] as const),
];
const ofQuestions: readonly ProblemCode[] = ['position-unknown', 'view-behind'];

/** The codes of an operation by status, each sorted: the common ones of its kind and its own. */
export const codesByStatus = (traits: OperationTraits): ReadonlyMap<string, readonly ProblemCode[]> => {
  const codes = new Set<ProblemCode>([
    ...always,
    ...(traits.kind === 'command' ? ofCommands : traits.caller === 'none' ? [] : ofQuestions),
    ...(traits.hasBody ? (['invalid-json', 'body-too-large', 'media-type-unsupported'] as const) : []),
    ...(traits.hasPathParameter ? (['not-found'] as const) : []),
    ...(traits.caller === 'none' ? [] : (['credentials-invalid', 'token-expired', 'identity-not-linked'] as const)),
    ...(traits.caller === 'required' ? (['credentials-missing', 'not-allowed'] as const) : []),
    ...(traits.pagination === 'cursor' ? (['cursor-invalid', 'cursor-mismatch', 'as-of-in-the-future'] as const) : []),
    ...(traits.pagination === 'after' ? (['position-of-another-log'] as const) : []),
    ...traits.codes,
  ]);
  const byStatus = Map.groupBy([...codes].sort(), (code) => String(catalogue[code][0]));
  return new Map([...byStatus].sort(([a], [b]) => Number(a) - Number(b)));
};
