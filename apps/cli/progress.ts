import cliProgress from 'cli-progress';
import type { Terminal } from './session.js';

/** Shows how far a long piece of work is. */
export interface Progress {
  /** Positions of the log; `head` may move on. */
  at(position: bigint, head: bigint): void;
  end(): void;
}

const percentOf = (position: bigint, head: bigint): number => (head === 0n ? 100 : Number((position * 100n) / head));

/** In a terminal: one line that fills. */
const bar = (stdout: Terminal, label: string): Progress => {
  const shown = new cliProgress.SingleBar(
    {
      stream: stdout,
      format: `${label} [{bar}] {percentage}%  {value} of {total}`,
      hideCursor: true,
      clearOnComplete: false,
    },
    cliProgress.Presets.shades_classic,
  );
  let started = false;
  return {
    at: (position, head) => {
      if (!started) shown.start(Number(head), Number(position));
      started = true;
      shown.setTotal(Number(head));
      shown.update(Number(position));
    },
    end: () => {
      if (started) shown.stop();
    },
  };
};

/** In a pipe or a log file: a line for every tenth. */
const lines = (stdout: Terminal, label: string): Progress => {
  let last = -1;
  return {
    at: (position, head) => {
      const tenth = Math.floor(percentOf(position, head) / 10);
      if (tenth === last) return;
      last = tenth;
      stdout.write(`${label} ${percentOf(position, head)}%  ${position} of ${head}\n`);
    },
    end: () => undefined,
  };
};

const nothing: Progress = { at: () => undefined, end: () => undefined };

export const progressOn = (stdout: Terminal, label: string, quiet: boolean): Progress => {
  if (quiet) return nothing;
  return stdout.isTTY === true ? bar(stdout, label) : lines(stdout, label);
};
