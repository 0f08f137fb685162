import { aggregateOf } from '../folds.js';

/** One installation. */
export interface Platform {
  /** Of its last event, -1 before it was started. */
  revision: bigint;
  /** Names the log; feed cursors carry it. */
  logId: string | null;
  defaultApplicationId: string | null;
}

export const platformAggregate = aggregateOf<Platform>(
  'platform',
  () => ({ revision: -1n, logId: null, defaultApplicationId: null }),
  {
    PlatformStarted: (platform, { logId }, { revision }) => {
      Object.assign(platform, { logId, revision });
    },
    DefaultApplicationChosen: (platform, { applicationId }, { revision }) => {
      Object.assign(platform, { defaultApplicationId: applicationId, revision });
    },
  },
);

/** There is one platform, so its stream is just `platform`. */
export const platformId = '';
