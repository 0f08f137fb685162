import { CopyUnfinished, OperatorKeyUnusable } from '#access/processes/start-platform.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import { MigrationRefused } from '#eventing/migration/refused.js';
import { ConfigError } from '#platform/config.js';
import { MasterKeyUnusable } from '#privacy/master-key.js';
import { DataFolderInUse } from '#store-sqlite/data-folder.js';

const explained = [
  ConfigError,
  CopyUnfinished,
  DataFolderInUse,
  MasterKeyUnusable,
  MigrationRefused,
  OperatorKeyUnusable,
  StoreUnavailable,
];

/** Whether the message tells whoever runs the server what to mend; anything else is a bug and shows its stack. */
export const isExplained = (error: unknown): error is Error => explained.some((kind) => error instanceof kind);
