import type { FoldedEvent } from '#eventing/aggregate.js';
import { aggregateOf } from '../folds.js';

/** One installation. */
export interface Platform {
  /** Of its last event, -1 before it was started. */
  revision: bigint;
  /** Names the log; feed cursors carry it. */
  logId: string | null;
  /** Whether that is the name of the log it was copied from: the copying was not finished. */
  isUnfinishedCopy: boolean;
  defaultApplicationId: string | null;
}

/** Only a copied event brings the time of its recording with it. */
const named = (logId: string, { revision, metadata }: FoldedEvent): Partial<Platform> => ({
  logId,
  revision,
  isUnfinishedCopy: metadata['recordedAt'] !== undefined,
});

export const platformAggregate = aggregateOf<Platform>(
  'platform',
  () => ({ revision: -1n, logId: null, isUnfinishedCopy: false, defaultApplicationId: null }),
  {
    PlatformStarted: (platform, { logId }, event) => {
      Object.assign(platform, named(logId, event));
    },
    LogRenewed: (platform, { logId }, event) => {
      Object.assign(platform, named(logId, event));
    },
    DefaultApplicationChosen: (platform, { applicationId }, { revision }) => {
      Object.assign(platform, { defaultApplicationId: applicationId, revision });
    },
  },
);

/** There is one platform, so its stream is just `platform`. */
export const platformId = '';
