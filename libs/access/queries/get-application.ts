import { refuse } from '#eventing/refusal.js';
import { applicationsRight, reachOf } from '../reach.js';
import { type ApplicationAnswer, applicationRows, applicationViews } from './application-rows.js';
import { applicationInReach } from './catalogue.js';
import { query, type Reading } from './query.js';
import { type MomentParameters, type Single, single, singleMoment } from './single.js';

export class GetApplication extends query<{ applicationId: string; at: MomentParameters }>() {}

export const getApplication = async (asked: GetApplication, reading: Reading): Promise<Single<ApplicationAnswer>> => {
  const reach = await reachOf(reading, asked, applicationsRight, { minPosition: asked.at.minPosition });
  const moment = await singleMoment(reading, applicationViews, asked);
  const row = await applicationInReach(reading, reach, asked.applicationId, moment);
  const [answer = refuse('application-not-found')] = await applicationRows(reading, [row], moment, asked);
  return single(moment, answer);
};
