/** What the simulator can be told to do wrong, each until told otherwise or until it is used up. */
export type Fault =
  /** The next appends are neither stored nor answered: their connection breaks. */
  | { readonly fault: 'drop-before-commit'; readonly appends: number }
  /** The next appends are stored but not answered: their connection breaks. */
  | { readonly fault: 'drop-after-commit'; readonly appends: number }
  /** All connections break, now. */
  | { readonly fault: 'drop-connections' }
  /** Open calls end with UNAVAILABLE, and new ones are answered so. */
  | { readonly fault: 'unavailable'; readonly on: boolean }
  /** Calls that require the leader are told that it is elsewhere; null: it is here again. */
  | { readonly fault: 'not-leader'; readonly leader: { readonly host: string; readonly port: number } | null }
  /** Writes are stored at once but answered that late: appends with a timeout where their deadline passes before. */
  | { readonly fault: 'delay-answers'; readonly delayMs: number }
  /** So many events of the system itself come into the log, now. */
  | { readonly fault: 'system-events'; readonly count: number };

/** The faults that are on. */
export class FaultState {
  dropsBeforeCommit = 0;
  dropsAfterCommit = 0;
  isUnavailable = false;
  leader: { readonly host: string; readonly port: number } | null = null;
  answerDelayMs = 0;

  takeDropBeforeCommit(): boolean {
    if (this.dropsBeforeCommit === 0) return false;
    this.dropsBeforeCommit -= 1;
    return true;
  }

  takeDropAfterCommit(): boolean {
    if (this.dropsAfterCommit === 0) return false;
    this.dropsAfterCommit -= 1;
    return true;
  }
}
