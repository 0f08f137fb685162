const width = 20;

/** The position before the first event. */
export const beginning = 0n;

/** A position as clients see it: 20 digits, zero padded, so that text order is log order. */
export const formatPosition = (position: bigint): string => position.toString().padStart(width, '0');

/** A position of a log that is named: this one, or one that it was copied from. */
export interface NamedPosition {
  readonly logId: string;
  readonly position: bigint;
}

/** What {@link parseNamedPosition} takes. */
export const namedPositionPattern = /^log_[a-z2-7]{26}:[0-9]{1,20}$/;

/** `log_…:` and 1 to 20 digits; undefined when the text is something else. */
export const parseNamedPosition = (text: string): NamedPosition | undefined => {
  if (!namedPositionPattern.test(text)) return undefined;
  const [logId = '', digits = ''] = text.split(':');
  return { logId, position: BigInt(digits) };
};

/** The position a client sent, or undefined when the text is none (it takes 1 to 20 digits within int64). */
export const parsePosition = (text: string): bigint | undefined => {
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const position = BigInt(text);
  return position <= 9223372036854775807n ? position : undefined;
};
