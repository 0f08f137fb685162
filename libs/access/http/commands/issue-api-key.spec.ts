import { describe, expect, it } from '@jest/globals';
import { scopeOf } from './issue-api-key.js';

describe("a key's scope", () => {
  it('has the id that its kind is about', () => {
    expect(scopeOf({ kind: 'account', accountId: 'acc_1' })).toEqual({ kind: 'account', accountId: 'acc_1' });
    expect(scopeOf({ kind: 'application', applicationId: 'app_1' })).toEqual({
      kind: 'application',
      applicationId: 'app_1',
    });
    expect(scopeOf({ kind: 'platform' })).toEqual({ kind: 'platform' });
  });

  it.each([
    [{ kind: 'account' } as const, '/scope/accountId'],
    [{ kind: 'application', accountId: 'acc_1' } as const, '/scope/applicationId'],
  ])('is refused without it: %j', (scope, pointer) => {
    const problems = expect.objectContaining({ code: 'invalid-request', problems: [{ pointer, code: 'required' }] });
    expect(() => scopeOf(scope)).toThrow(problems);
  });
});
