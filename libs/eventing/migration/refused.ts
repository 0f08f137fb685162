/** Engines can't be copied, or no further; nothing that stands was changed. The message says why, and what to do. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}
