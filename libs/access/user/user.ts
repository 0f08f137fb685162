import type { FoldedEvent } from '#eventing/aggregate.js';
import type { JsonObject } from '#eventing/json.js';
import { aggregateOf } from '../folds.js';

/** Personal text as the log holds it, with what it takes to open it. */
export interface SealedText {
  readonly sealed: JsonObject;
  readonly stream: string;
  readonly eventId: string;
}

/** A person, one e-mail. Holds no opened text. */
export interface User {
  readonly id: string;
  /** Of its last event, -1 while the user is not registered. */
  revision: bigint;
  status: 'registered' | 'erased';
  /** `firstName` and `lastName`, sealed. */
  name: SealedText | null;
  /** `email`, sealed. */
  email: SealedText | null;
}

const sealedText = (event: FoldedEvent, sealed: JsonObject): SealedText => ({
  sealed,
  stream: event.stream,
  eventId: event.id,
});

export const userAggregate = aggregateOf<User>(
  'user',
  (id) => ({ id, revision: -1n, status: 'registered', name: null, email: null }),
  {
    UserRegistered: (user, { firstName, lastName, email }, event) => {
      user.name = sealedText(event, { firstName, lastName });
      user.email = sealedText(event, { email });
      user.revision = event.revision;
    },
    UserRenamed: (user, { firstName, lastName }, event) => {
      user.name = sealedText(event, { firstName, lastName });
      user.revision = event.revision;
    },
    UserErased: (user, _, { revision }) => {
      Object.assign(user, { status: 'erased', name: null, email: null, revision });
    },
  },
);
