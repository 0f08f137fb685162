import { DeadlinePassed } from './faults.js';

/** Cancels a call that gives nothing for too long while it is waited for. */
export interface CallWatch {
  /** The consumer is busy with what came. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly stop: () => void;
  /** Why the call failed: its deadline, if it was cancelled for that. */
  readonly reasonOf: (fault: unknown) => unknown;
}

export const watchCall = (call: { readonly cancel: () => void }, deadlineMs: number): CallWatch => {
  let isWaiting = true;
  let isLate = false;
  const timer = setTimeout(() => {
    if (!isWaiting) {
      timer.refresh();
      return;
    }
    isLate = true;
    call.cancel();
  }, deadlineMs);
  return {
    pause: () => (isWaiting = false),
    resume: () => {
      isWaiting = true;
      timer.refresh();
    },
    stop: () => clearTimeout(timer),
    reasonOf: (fault) => (isLate ? new DeadlinePassed(`no answer within ${deadlineMs} ms`, { cause: fault }) : fault),
  };
};
