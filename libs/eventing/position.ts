const width = 20;

/** The position before the first event. */
export const beginning = 0n;

/** A position as clients see it: 20 digits, zero padded, so that text order is log order. */
export const formatPosition = (position: bigint): string => position.toString().padStart(width, '0');

/** The position a client sent, or undefined when the text is none (it takes 1 to 20 digits within int64). */
export const parsePosition = (text: string): bigint | undefined => {
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const position = BigInt(text);
  return position <= 9223372036854775807n ? position : undefined;
};
