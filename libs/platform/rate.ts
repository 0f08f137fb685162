/** How often something may happen: refilled evenly, up to a burst. */
export interface Rate {
  readonly perSecond: number;
  /** As many may come at once. */
  readonly burst: number;
}

const seconds: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600 };

/** Reads `100/s`, `100/s:200` (bursts of 200), `10/min`, `200/h`; null for `none`, undefined for anything else. */
export const parseRate = (text: string): Rate | null | undefined => {
  if (text === 'none') return null;
  const [, requests, unit, burst] = /^(\d{1,6})\/(s|min|h)(?::(\d{1,6}))?$/.exec(text) ?? [];
  const duration = seconds[unit ?? ''];
  if (requests === undefined || duration === undefined) return undefined;
  const rate = { perSecond: Number(requests) / duration, burst: Number(burst ?? requests) };
  return rate.perSecond > 0 && rate.burst > 0 ? rate : undefined;
};
