import { describe, expect, it } from '@jest/globals';
import { fact } from '../events.js';
import { type ApplicationRow, applicationsView } from './applications.js';
import { acme, billing, crm } from './facts.spec-kit.js';
import { at, folded, log, olga } from './folded.spec-kit.js';

const bare = { description: undefined, homeUrl: undefined, externalId: undefined, publisherAccountId: undefined };
const registered = (applicationId: string, name: string) =>
  fact('ApplicationRegistered', { ...bare, applicationId, name, ownerId: undefined, assignableBy: 'operators' });
const activated = fact('ApplicationActivated', { applicationId: billing });
const deactivated = fact('ApplicationDeactivated', { applicationId: billing });
const chosen = (applicationId: string) => fact('DefaultApplicationChosen', { applicationId });

const row: ApplicationRow = {
  applicationId: billing,
  name: 'Billing',
  externalId: null,
  description: null,
  homeUrl: null,
  status: 'inactive',
  autoAssigned: false,
  isDefault: false,
  assignableBy: 'operators',
  publisherAccountId: null,
  ownerId: null,
  registeredAt: at(1),
  revision: '0',
};

describe('applications', () => {
  it('has a row for every application, inactive at first', async () => {
    const full = fact('ApplicationRegistered', {
      applicationId: crm,
      name: 'CRM',
      description: 'Who buys',
      homeUrl: 'https://crm.example.com',
      externalId: 'x-1',
      publisherAccountId: acme,
      ownerId: olga.id,
      assignableBy: 'admins',
    });
    const { rows, keysWhere, keysOfWord } = await folded(applicationsView, log(registered(billing, 'Billing'), full));
    expect(rows).toEqual({
      [billing]: row,
      [crm]: {
        ...row,
        applicationId: crm,
        name: 'CRM',
        description: 'Who buys',
        homeUrl: 'https://crm.example.com',
        externalId: 'x-1',
        publisherAccountId: acme,
        ownerId: olga.id,
        assignableBy: 'admins',
        registeredAt: at(2),
      },
    });
    expect(await keysWhere('publisherAccountId', acme)).toEqual([crm]);
    expect(await keysOfWord('bil')).toEqual([billing]);
  });

  it('opens and shuts the gate', async () => {
    const { versions } = await folded(applicationsView, log(registered(billing, 'Billing'), activated, deactivated));
    expect(versions(billing)).toEqual([
      [1, 2, row],
      [2, 3, { ...row, status: 'active', revision: '1' }],
      [3, null, { ...row, revision: '2' }],
    ]);
  });

  it('has one default application, whose revision stays its own', async () => {
    const both = [registered(billing, 'Billing'), registered(crm, 'CRM')];
    const { rows, versions, keysWhere } = await folded(
      applicationsView,
      log(...both, chosen(billing), chosen(crm), chosen(crm)),
    );
    expect(versions(billing)).toEqual([
      [1, 3, row],
      [3, 4, { ...row, isDefault: true }],
      [4, null, row],
    ]);
    expect(rows[crm]).toMatchObject({ isDefault: true, revision: '0' });
    expect(versions(crm)).toHaveLength(2);
    expect(await keysWhere('isDefault', 1)).toEqual([crm]);
  });
});
