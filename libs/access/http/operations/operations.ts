import type { Jobs } from '#eventing/jobs.js';
import type { ReactorRunner } from '#eventing/reactor.js';
import type { Timer } from '#eventing/timer.js';
import type { Views } from '#eventing/views.js';
import type { CommandLoop } from '#eventing/command-loop.js';

/** The running parts of this process that operators look after. Provide them under {@link OPERATIONS}. */
export interface Operations {
  readonly loop: Pick<CommandLoop, 'read'>;
  readonly views: Views;
  readonly reactors: readonly Pick<ReactorRunner, 'look' | 'parked'>[];
  /** Null where another process keeps the time. */
  readonly timer: Pick<Timer, 'status'> | null;
  readonly jobs: Pick<Jobs, 'counts'>;
  /** The queues of jobs there are. */
  readonly queues: readonly string[];
}
export const OPERATIONS = Symbol('Operations');
