import type { CallerContext } from '../caller.js';

/** Makes the secrets of API keys; the same command gets the same secret again. */
export interface ApiKeySecrets {
  readonly secretOf: (context: CallerContext) => string;
}
export const API_KEY_SECRETS = Symbol('ApiKeySecrets');
