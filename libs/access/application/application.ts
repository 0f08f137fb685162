import { aggregateOf, type Catalogue } from '../folds.js';

/** What people sign in to. */
export interface Application {
  readonly id: string;
  /** Of its last event, -1 while it is not registered. */
  revision: bigint;
  name: string;
  externalId: string | null;
  /** `inactive`: registered, not integrated yet. */
  status: 'inactive' | 'active' | 'retired';
  /** The account that publishes it; null for the platform. */
  publisherAccountId: string | null;
  ownerId: string | null;
  /** Who may assign it to an account. */
  assignableBy: 'operators' | 'admins';
  /** The event that gave it its status. */
  statusSetBy: string;
}

export type Applications = Catalogue<Application>;

export const applicationAggregate = aggregateOf<Application>(
  'application',
  (id) => ({
    id,
    revision: -1n,
    name: '',
    externalId: null,
    status: 'inactive',
    publisherAccountId: null,
    ownerId: null,
    assignableBy: 'operators',
    statusSetBy: '',
  }),
  {
    ApplicationRegistered: (application, data, { revision, id }) => {
      const { name, externalId = null, publisherAccountId = null, ownerId = null, assignableBy } = data;
      Object.assign(application, { name, externalId });
      Object.assign(application, { publisherAccountId, ownerId, assignableBy, revision, statusSetBy: id });
    },
    ApplicationActivated: (application, _, { revision, id }) => {
      Object.assign(application, { status: 'active', revision, statusSetBy: id });
    },
    ApplicationDeactivated: (application, _, { revision, id }) => {
      Object.assign(application, { status: 'inactive', revision, statusSetBy: id });
    },
  },
);
