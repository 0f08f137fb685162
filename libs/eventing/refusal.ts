/** One problem of a command: its code, where in the request it lies (JSON pointer) and the id it is about. */
export interface Problem {
  readonly code: string;
  readonly pointer?: string;
  readonly id?: string;
}

/** A command that a rule forbids, or a question that can't be answered. Nothing was written. `code` is the stable name of the reason. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly code: string,
    /** Extensions of the problem document, such as `needs` or `status`. */
    readonly details: Readonly<Record<string, unknown>> = {},
    /** Every problem, when a command over many things was refused. */
    readonly problems: readonly Problem[] = [],
  ) {
    super(code);
  }
}

/** Ends a decision with a code: `const member = account.members.get(id) ?? refuse('member-not-found')`. */
export const refuse = (code: string, details?: Readonly<Record<string, unknown>>): never => {
  throw new Refusal(code, details);
};

/** Refuses with the first problem's code, naming every one; does nothing without problems. */
export const refuseAll = (problems: readonly Problem[]): void => {
  const [first] = problems;
  if (first !== undefined) throw new Refusal(first.code, {}, problems);
};
