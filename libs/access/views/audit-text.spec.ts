import { describe, expect, it } from '@jest/globals';
import { type AccessFact, type EventName, eventTypes, fact } from '../events.js';
import { auditLogView } from './audit-log.js';
import { auditText } from './audit-text.js';
import {
  accepted,
  acme,
  ann,
  assigned,
  billing,
  crm,
  erased,
  expired,
  expiredInvitation,
  granted,
  invited,
  joined,
  ofInvitation,
  opened,
  removed,
  renamed,
  resent,
  revoked,
  roleChanged,
  unassigned,
} from './facts.spec-kit.js';
import { at, by, folded, log, olga } from './folded.spec-kit.js';
import type { ActorOfRow } from './view-folds.js';

const known: Readonly<Record<string, string>> = {
  [olga.id]: 'Olga Owner',
  [ann]: 'Ann Lee',
  [acme]: 'Acme',
  [billing]: 'Billing',
  [crm]: 'CRM',
  staff: 'Staff',
  viewer: 'Viewer',
  key_1: 'Sync',
};
const lookUp = (id: string): string | undefined => known[id];
const names = { user: lookUp, account: lookUp, application: lookUp, role: lookUp, key: lookUp };

const annHerself: ActorOfRow = { kind: 'user', id: ann };
const system: ActorOfRow = { kind: 'system', id: 'system' };
const key: ActorOfRow = { kind: 'service', id: 'key_1' };

const definition = { roleId: 'staff', title: 'Staff', note: '', permissions: [] };
const bare = { description: undefined, homeUrl: undefined, externalId: undefined, publisherAccountId: undefined };
const person = { firstName: 'Ann', lastName: 'Lee', email: 'ann@example.com' };
const keyIssue = { name: 'Sync', secretSha256: 's', scope: { kind: 'platform' }, permissions: [] } as const;

const cases: [ActorOfRow, AccessFact, string][] = [
  [system, fact('PlatformStarted', { logId: 'log_1' }), 'Grantrail started the platform'],
  [system, fact('LogRenewed', { logId: 'log_2', from: 'log_1' }), 'Grantrail copied the log and gave it a new id'],
  [
    olga,
    fact('DefaultApplicationChosen', { applicationId: billing }),
    'Olga Owner made Billing the default application',
  ],
  [
    system,
    fact('RoleDefined', { ...definition, builtIn: true, accountId: undefined }),
    'Grantrail defined the role Staff',
  ],
  [olga, fact('RoleRedefined', definition), 'Olga Owner redefined the role Staff'],
  [olga, fact('RoleRetired', { roleId: 'staff' }), 'Olga Owner retired the role Staff'],
  [
    key,
    fact('ApplicationRegistered', {
      ...bare,
      applicationId: billing,
      name: 'Billing',
      ownerId: undefined,
      assignableBy: 'admins',
    }),
    'Sync registered Billing',
  ],
  [olga, fact('ApplicationActivated', { applicationId: billing }), 'Olga Owner activated Billing'],
  [olga, fact('ApplicationDeactivated', { applicationId: billing }), 'Olga Owner deactivated Billing'],
  [olga, fact('UserRegistered', { userId: ann, ...person }), 'Olga Owner registered Ann Lee'],
  [annHerself, renamed(), 'Ann Lee changed their own name'],
  [olga, erased(), "Olga Owner erased Ann Lee's personal data"],
  [
    olga,
    fact('ApiKeyIssued', { ...keyIssue, permissions: [], keyId: 'key_1', expiresAt: undefined }),
    'Olga Owner issued the API key Sync',
  ],
  [olga, fact('ApiKeyRevoked', { keyId: 'key_1' }), 'Olga Owner revoked the API key Sync'],
  [key, opened(), 'Sync opened the account Acme'],
  [olga, assigned(), 'Olga Owner assigned Billing to Acme'],
  [olga, unassigned(), 'Olga Owner took Billing from Acme'],
  [olga, invited({ applicationIds: [] }), 'Olga Owner invited Ann Lee to Acme as Staff'],
  [
    olga,
    invited({ applicationIds: [billing, crm] }),
    'Olga Owner invited Ann Lee to Acme as Staff with Billing and CRM',
  ],
  [
    olga,
    invited({ applicationIds: [billing, crm, 'app_3', 'app_4'] }),
    'Olga Owner invited Ann Lee to Acme as Staff with 4 applications',
  ],
  [olga, resent(), "Olga Owner sent Ann Lee's invitation to Acme again"],
  [annHerself, accepted(), 'Ann Lee accepted the invitation to Acme'],
  [annHerself, ofInvitation('InvitationDeclined'), 'Ann Lee declined the invitation to Acme'],
  [olga, ofInvitation('InvitationRevoked'), "Olga Owner revoked Ann Lee's invitation to Acme"],
  [system, expiredInvitation(), "Ann Lee's invitation to Acme expired"],
  [annHerself, joined(), 'Ann Lee joined Acme as Staff'],
  [olga, roleChanged('staff', 'viewer'), "Olga Owner changed Ann Lee's role from Staff to Viewer"],
  [annHerself, roleChanged('staff', 'viewer'), 'Ann Lee changed their own role from Staff to Viewer'],
  [
    olga,
    roleChanged('viewer', null, billing),
    "Olga Owner changed Ann Lee's role for Billing from Viewer to the account's role",
  ],
  [olga, removed(), 'Olga Owner removed Ann Lee from Acme'],
  [annHerself, removed(), 'Ann Lee left Acme'],
  [olga, granted('grt_1'), 'Olga Owner gave Ann Lee Billing'],
  [
    olga,
    granted('grt_1', { role: 'viewer', expiresAt: at(1) }),
    `Olga Owner gave Ann Lee Billing as Viewer until ${at(1)}`,
  ],
  [annHerself, granted('grt_1', { origin: 'invitation' }), 'Ann Lee got Billing by joining Acme'],
  [system, granted('grt_1', { origin: 'auto-assigned' }), 'Ann Lee got Billing, which everybody in Acme has'],
  [olga, granted('grt_1', { origin: 'shared' }), 'Olga Owner shared Billing with Ann Lee'],
  [olga, revoked('grt_1'), 'Olga Owner took Billing from Ann Lee'],
  [annHerself, revoked('grt_1'), 'Ann Lee gave up Billing'],
  [olga, revoked('grt_1', { cause: 'unassigned' }), 'Ann Lee lost Billing, which was taken from Acme'],
  [olga, revoked('grt_1', { cause: 'retired' }), 'Ann Lee lost Billing, which was retired'],
  [olga, revoked('grt_1', { cause: 'member-removed' }), 'Ann Lee lost Billing on leaving Acme'],
  [olga, revoked('grt_1', { cause: 'account-closed' }), 'Ann Lee lost Billing when Acme was closed'],
  [system, expired('grt_1'), "Ann Lee's access to Billing expired"],
];

const textOf = async (actor: ActorOfRow, happening: AccessFact): Promise<string> =>
  auditText(Object.values((await folded(auditLogView, log(by(actor, happening)))).rows)[0]!, names);

describe('auditText', () => {
  it.each(cases)('says of what %j did: %j', async (actor, happening, text) => {
    expect(await textOf(actor, happening)).toBe(text);
  });

  it('is tried with every event there is', () => {
    const tried = new Set<EventName>(cases.map(([, { type }]) => type));
    expect(Object.keys(eventTypes).filter((type) => !tried.has(type as EventName))).toEqual([]);
  });

  it('names by its id what has no name', async () => {
    const stranger: ActorOfRow = { kind: 'user', id: 'usr_x' };
    expect(await textOf(stranger, assigned('app_x'))).toBe('usr_x assigned app_x to Acme');
  });

  it('names an event that it has no sentence for', async () => {
    const [event] = log(assigned());
    const { rows } = await folded(auditLogView, [{ ...event!, type: 'SomethingNew' }]);
    expect(auditText(Object.values(rows)[0]!, names)).toBe('Olga Owner: SomethingNew');
  });
});
