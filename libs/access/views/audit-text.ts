import type { JsonValue } from '#eventing/json.js';
import type { EventName } from '../events.js';
import type { AuditRow } from './audit-log.js';

/** Today's names by id; an id that is not known reads as itself. */
export interface AuditNames {
  readonly user: (id: string) => string | undefined;
  readonly account: (id: string) => string | undefined;
  readonly application: (id: string) => string | undefined;
  readonly role: (id: string) => string | undefined;
  readonly key: (id: string) => string | undefined;
}

/** The parts of a row as they are named in a sentence. */
interface Told {
  readonly actor: string;
  readonly subject: string;
  /** "their own" when the actor is the subject. */
  readonly subjects: string;
  readonly self: boolean;
  readonly account: string;
  readonly application: string;
  readonly applications: readonly string[];
  readonly from: (field: string) => JsonValue;
  readonly to: (field: string) => JsonValue;
  /** The title of the role that a change to it names. */
  readonly role: (id: JsonValue) => string;
}

const productName = 'Grantrail';

const nameOf = (names: AuditNames, kind: string, id: string): string => {
  if (kind === 'system') return productName;
  if (kind === 'platform') return 'the platform';
  const lookUp = { user: names.user, service: names.key, key: names.key, account: names.account };
  const all = { ...lookUp, application: names.application, role: names.role };
  return all[kind as keyof typeof all](id) ?? id;
};

const told = (row: AuditRow, names: AuditNames): Told => {
  const { actor, subject, accountId, applicationId, applicationIds } = row;
  const changeOf = (field: string) => row.changes.find((change) => change.field === field);
  const application = (id: string): string => nameOf(names, 'application', id);
  const self = actor.kind === 'user' && subject?.kind === 'user' && actor.id === subject.id;
  const subjectName = subject === null ? '' : nameOf(names, subject.kind, subject.id);
  return {
    actor: nameOf(names, actor.kind, actor.id),
    subject: subjectName,
    subjects: self ? 'their own' : `${subjectName}'s`,
    self,
    account: accountId === null ? 'the platform' : nameOf(names, 'account', accountId),
    application: applicationId === null ? '' : application(applicationId),
    applications: applicationIds.map(application),
    from: (field) => changeOf(field)?.from ?? null,
    to: (field) => changeOf(field)?.to ?? null,
    role: (id) => (typeof id === 'string' ? nameOf(names, 'role', id) : "the account's role"),
  };
};

const namedAtMost = 3;

const withApplications = ({ applications }: Told): string => {
  if (applications.length === 0) return '';
  if (applications.length > namedAtMost) return ` with ${applications.length} applications`;
  return ` with ${new Intl.ListFormat('en').format(applications)}`;
};

const withTerms = ({ to, role }: Told): string => {
  const until = to('expiresAt');
  return `${to('role') === null ? '' : ` as ${role(to('role'))}`}${typeof until === 'string' ? ` until ${until}` : ''}`;
};

const granted = (told: Told): string => {
  const { actor, subject, self, account, application } = told;
  const given = {
    invitation: `${subject} got ${application} by joining ${account}`,
    'auto-assigned': `${subject} got ${application}, which everybody in ${account} has`,
    shared: `${actor} shared ${application} with ${subject}`,
    assigned: `${actor} gave ${self ? 'themselves' : subject} ${application}`,
  };
  return given[told.to('origin') as keyof typeof given] + withTerms(told);
};

const revoked = ({ actor, subject, self, account, application, to }: Told): string => {
  const taken = {
    revoked: self ? `${actor} gave up ${application}` : `${actor} took ${application} from ${subject}`,
    unassigned: `${subject} lost ${application}, which was taken from ${account}`,
    retired: `${subject} lost ${application}, which was retired`,
    'member-removed': `${subject} lost ${application} on leaving ${account}`,
    'account-closed': `${subject} lost ${application} when ${account} was closed`,
  };
  return taken[to('cause') as keyof typeof taken];
};

const sentences: { readonly [Name in EventName]: (told: Told) => string } = {
  PlatformStarted: ({ actor }) => `${actor} started the platform`,
  LogRenewed: ({ actor }) => `${actor} copied the log and gave it a new id`,
  DefaultApplicationChosen: ({ actor, application }) => `${actor} made ${application} the default application`,

  RoleDefined: ({ actor, subject }) => `${actor} defined the role ${subject}`,
  RoleRedefined: ({ actor, subject }) => `${actor} redefined the role ${subject}`,
  RoleRetired: ({ actor, subject }) => `${actor} retired the role ${subject}`,

  ApplicationRegistered: ({ actor, application }) => `${actor} registered ${application}`,
  ApplicationActivated: ({ actor, application }) => `${actor} activated ${application}`,
  ApplicationDeactivated: ({ actor, application }) => `${actor} deactivated ${application}`,

  UserRegistered: ({ actor, subject, self }) => (self ? `${actor} registered` : `${actor} registered ${subject}`),
  UserRenamed: ({ actor, subjects }) => `${actor} changed ${subjects} name`,
  UserErased: ({ actor, subjects }) => `${actor} erased ${subjects} personal data`,

  ApiKeyIssued: ({ actor, subject }) => `${actor} issued the API key ${subject}`,
  ApiKeyRevoked: ({ actor, subject }) => `${actor} revoked the API key ${subject}`,

  AccountOpened: ({ actor, subject }) => `${actor} opened the account ${subject}`,
  ApplicationAssigned: ({ actor, application, account }) => `${actor} assigned ${application} to ${account}`,
  ApplicationUnassigned: ({ actor, application, account }) => `${actor} took ${application} from ${account}`,

  UserInvited: (told) =>
    `${told.actor} invited ${told.subject} to ${told.account} as ${told.role(told.to('role'))}${withApplications(told)}`,
  InvitationResent: ({ actor, subjects, account }) => `${actor} sent ${subjects} invitation to ${account} again`,
  InvitationAccepted: ({ subject, account }) => `${subject} accepted the invitation to ${account}`,
  InvitationDeclined: ({ subject, account }) => `${subject} declined the invitation to ${account}`,
  InvitationRevoked: ({ actor, subjects, account }) => `${actor} revoked ${subjects} invitation to ${account}`,
  InvitationExpired: ({ subject, account }) => `${subject}'s invitation to ${account} expired`,

  MemberJoined: ({ subject, account, role, to }) => `${subject} joined ${account} as ${role(to('role'))}`,
  RoleChanged: ({ actor, subjects, application, role, from, to }) =>
    `${actor} changed ${subjects} role ${application === '' ? '' : `for ${application} `}from ${role(from('role'))} to ${role(to('role'))}`,
  MemberRemoved: ({ actor, subject, self, account }) =>
    self ? `${actor} left ${account}` : `${actor} removed ${subject} from ${account}`,

  AccessGranted: granted,
  AccessRevoked: revoked,
  AccessExpired: ({ subject, application }) => `${subject}'s access to ${application} expired`,
};

/** An audit row as a sentence: "Olga Owner changed Ann Lee's role from Staff to Viewer". */
export const auditText = (row: AuditRow, names: AuditNames): string => {
  const parts = told(row, names);
  return Object.hasOwn(sentences, row.type) ? sentences[row.type as EventName](parts) : `${parts.actor}: ${row.type}`;
};
