import type { Reactor } from '#eventing/reactor.js';
import type { Access } from '../access.js';
import { assignPublished } from '../processes/assign-published.js';

/** Assigns what an account publishes to it, where the registration was cut off before it did. */
export const assignPublishedApplications = (access: Access): Reactor => ({
  name: 'assign-published-applications',
  types: ['ApplicationRegistered'],
  react: async ({ id, data }) => {
    const { applicationId, publisherAccountId } = data;
    if (typeof publisherAccountId === 'string')
      await assignPublished(access, applicationId as string, publisherAccountId, id);
  },
});
