const dayMs = 24 * 60 * 60 * 1_000;

/** The same moment as RFC 3339 in UTC with milliseconds, so that equal moments are equal text. */
export const utc = (time: string): string => new Date(time).toISOString();

/** Whether the moment has come. */
export const hasCome = (time: string, now: string): boolean => Date.parse(time) <= Date.parse(now);

export const daysAfter = (time: string, days: number): string =>
  new Date(Date.parse(time) + days * dayMs).toISOString();

export const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1_000;
