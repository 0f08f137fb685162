import type { Moment } from '#eventing/moment.js';
import type { Reading } from './query.js';

/** Which moment a question about a single thing is for. */
export interface MomentParameters {
  readonly asOf?: string | undefined;
  readonly minPosition?: string | undefined;
}

/** A single thing as it was at a moment. */
export interface Single<Answer> {
  readonly moment: Moment;
  readonly answer: Answer;
  /** For its ETag; undefined for what no single stream tells, and for the past. */
  readonly revision: bigint | undefined;
}

/** The moment at which a single thing is read. Take it after the caller's reach was checked. */
export const singleMoment = async (
  { reader }: Reading,
  views: readonly string[],
  { now, at }: { readonly now: string; readonly at: MomentParameters },
): Promise<Moment> => reader.moment(views, { now: new Date(now), asOf: at.asOf, minPosition: at.minPosition });

export const single = <Answer extends { readonly revision: string }>(
  moment: Moment,
  answer: Answer,
): Single<Answer> => ({
  moment,
  answer,
  revision: moment.asOf === null ? BigInt(answer.revision) : undefined,
});

/** For what has no revision of its own. */
export const unversioned = <Answer>(moment: Moment, answer: Answer): Single<Answer> => ({
  moment,
  answer,
  revision: undefined,
});
