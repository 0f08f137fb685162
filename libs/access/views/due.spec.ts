import { describe, expect, it } from '@jest/globals';
import { type DueRow, dueView } from './due.js';
import {
  accepted,
  acme,
  ann,
  billing,
  expired,
  expiredInvitation,
  granted,
  invited,
  ofInvitation,
  resent,
  revoked,
} from './facts.spec-kit.js';
import { at, folded, log } from './folded.spec-kit.js';

const invitation: DueRow = {
  kind: 'invitation',
  accountId: acme,
  id: 'inv_1',
  userId: ann,
  applicationId: null,
  issue: 1,
  dueAt: at(500),
};
const access: DueRow = {
  ...invitation,
  kind: 'access',
  id: 'grt_1',
  applicationId: billing,
  issue: null,
  dueAt: at(90),
};

describe('due', () => {
  it('has the end of an invitation, by its issue', async () => {
    expect((await folded(dueView, log(invited()))).rows).toEqual({ 'invitation/inv_1': invitation });
    const { rows, keysWhere } = await folded(dueView, log(invited(), resent()));
    expect(rows).toEqual({ 'invitation/inv_1': { ...invitation, issue: 2, dueAt: at(900) } });
    expect(await keysWhere('dueAt', at(900))).toEqual(['invitation/inv_1']);
  });

  it.each([accepted(), ofInvitation('InvitationDeclined'), ofInvitation('InvitationRevoked'), expiredInvitation()])(
    'is done with an invitation at %j',
    async (closing) => {
      expect((await folded(dueView, log(invited(), closing))).rows).toEqual({});
    },
  );

  it('has the end of an access, if it has one', async () => {
    const { rows } = await folded(dueView, log(granted('grt_1', { expiresAt: at(90) }), granted('grt_2')));
    expect(rows).toEqual({ 'access/grt_1': access });
  });

  it.each([revoked('grt_1'), expired('grt_1')])('is done with an access at %j', async (ending) => {
    const other = granted('grt_2', { expiresAt: at(91) });
    const { rows } = await folded(dueView, log(granted('grt_1', { expiresAt: at(90) }), other, ending));
    expect(Object.keys(rows)).toEqual(['access/grt_2']);
  });
});
