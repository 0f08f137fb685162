import { describe, expect, it } from '@jest/globals';
import { accountAggregate } from './account.js';
import {
  account,
  accountId,
  application,
  by,
  given,
  later,
  operator,
  owner,
  refusalOf,
  tokenSha256,
  types,
} from '../given.spec-kit.js';
import { invitationIdOf } from './invite.js';
import { openAccount, OpenAccount, type OpeningTerms } from './open-account.js';

const asked = {
  accountId,
  name: 'Acme',
  owner: { userId: 'usr_o', firstName: 'Olga', lastName: 'Owner', email: 'o@example.com' },
};
const empty = () => given(accountAggregate, accountId);
const terms: OpeningTerms = { plans: ['free', 'pro'], defaultApplication: application('app_a'), tokenSha256 };

describe('opening an account', () => {
  it('gives it the default application and invites its owner to it', () => {
    const command = new OpenAccount({ ...asked, plan: 'pro', externalId: 'crm-7' }, by(operator));
    const invitationId = invitationIdOf(command, 'usr_o');
    expect(openAccount(command, empty(), terms)).toEqual([
      { type: 'AccountOpened', data: { accountId, name: 'Acme', plan: 'pro', externalId: 'crm-7' } },
      { type: 'ApplicationAssigned', data: { accountId, applicationId: 'app_a', origin: 'default' } },
      {
        type: 'UserInvited',
        data: {
          ...asked.owner,
          accountId,
          invitationId,
          issue: 1,
          role: 'owner',
          applicationIds: ['app_a'],
          expiresAt: later(7 * 24 * 3600),
          tokenSha256: tokenSha256('usr_o', invitationId, 1),
        },
      },
    ]);
  });

  it.each([undefined, application('app_a', { status: 'retired' })])(
    'gives no default application where none is usable',
    (defaultApplication) => {
      const facts = openAccount(new OpenAccount(asked, by(operator)), empty(), { ...terms, defaultApplication });
      expect(types(facts)).toEqual(['AccountOpened', 'UserInvited']);
      expect(facts[0]?.data).toMatchObject({ plan: 'free' });
      expect(facts[1]?.data).toMatchObject({ applicationIds: [] });
    },
  );

  it('takes an inactive default application', () => {
    const defaultApplication = application('app_a', { status: 'inactive' });
    expect(openAccount(new OpenAccount(asked, by(operator)), empty(), { ...terms, defaultApplication })).toHaveLength(
      3,
    );
  });

  it('is nothing to do when it is open', () => {
    expect(openAccount(new OpenAccount(asked, by(operator)), account(), terms)).toEqual([]);
  });

  it('needs accounts:open on the platform, and a plan there is', () => {
    expect(refusalOf(() => openAccount(new OpenAccount(asked, by(owner)), empty(), terms))).toEqual({
      code: 'not-allowed',
      details: { needs: 'accounts:open@platform' },
    });
    const gold = new OpenAccount({ ...asked, plan: 'gold' }, by(operator));
    expect(refusalOf(() => openAccount(gold, empty(), terms))).toEqual({ code: 'plan-unknown' });
  });
});
