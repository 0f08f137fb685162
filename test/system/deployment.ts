import type { LoggedEvent } from './log-file.js';
import type { MailFile } from './mail-file.js';
import type { ProcessSettings } from './process.js';

/** What the processes of one installation are started with, and where its log is read beside them. */
export interface Deployment {
  readonly processes: readonly ProcessSettings[];
  /** The mails sent so far, oldest first; left out where they lie in the data folder. */
  readonly mails?: () => readonly MailFile[];
  /** Every event of the log, in order. */
  readonly events: () => Promise<readonly LoggedEvent[]>;
  /** Removes what was kept, once the processes have ended. */
  readonly dispose: () => Promise<void>;
}
