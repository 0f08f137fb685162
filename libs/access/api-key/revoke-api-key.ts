import { refuse } from '#eventing/refusal.js';
import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import type { ApiKey } from './api-key.js';
import { type KeyTerms, requireKeyManagement } from './key-management.js';

export class RevokeApiKey extends command<{ keyId: string }>() {}

export interface RevokingTerms extends KeyTerms {
  /** Whether nobody but this key, person or key, runs the installation. */
  readonly isLastOperator: boolean;
}

export const revokeApiKey = (command: RevokeApiKey, key: ApiKey, terms: RevokingTerms): AccessFact[] => {
  if (key.revision < 0n) refuse('api-key-not-found');
  requireKeyManagement(command.caller, key.scope, terms, 'api-key-not-found');
  if (key.revoked) return [];
  if (terms.isLastOperator) refuse('last-operator');
  return [fact('ApiKeyRevoked', { keyId: command.keyId })];
};
