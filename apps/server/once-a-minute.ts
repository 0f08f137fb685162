const minuteMs = 60_000;

/** Tells the same thing once a minute: an engine that is away is met again and again. */
export const onceAMinute = (tell: (fault: string) => void): ((fault: string) => void) => {
  const toldAt = new Map<string, number>();
  return (fault) => {
    const now = performance.now();
    for (const [told, at] of toldAt) if (now - at >= minuteMs) toldAt.delete(told);
    if (toldAt.has(fault)) return;
    toldAt.set(fault, now);
    tell(fault);
  };
};
