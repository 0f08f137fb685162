/** What the process ends with; `--help` says the same. */
export const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3, refused: 4, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What went wrong, in one line for the person who asked. */
export class Failure extends Error {
  override readonly name = 'Failure';
  constructor(
    message: string,
    readonly exitCode: ExitCode,
    /** The problem's code, when a server refused. */
    readonly code?: string,
    /** How long the server asks to wait before trying again. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}
