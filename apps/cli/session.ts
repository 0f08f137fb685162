import type { Writable } from 'node:stream';
import type { Connection } from './connection.js';

export type Terminal = Writable & { readonly isTTY?: boolean };

/** What a command works with. */
export interface Session {
  readonly server: Connection;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** Whether the answer is wanted as JSON. */
  readonly json: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** How long to wait between two questions about the same work. */
  readonly pollMs: number;
}

export const printLines = ({ stdout }: Session, lines: readonly string[]): void => {
  if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`);
};

export const printJson = ({ stdout }: Session, value: unknown): void => {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};
