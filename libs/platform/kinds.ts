import { isEmail } from 'class-validator';
import { parseTime } from '#eventing/moments.js';
import { namedPositionPattern } from '#eventing/position.js';
import { type Kind } from './field.js';

const control = /\p{Cc}/u;
const controlButLines = /[^\P{Cc}\t\n\r]/u;

export interface TextLimits {
  /** Least number of characters, after trimming (default 1). */
  readonly min?: number;
  readonly max: number;
  readonly pattern?: RegExp;
  /** Whether tabs and line breaks may be in it. */
  readonly multiline?: boolean;
}

/** Characters as people count them, not UTF-16 units. */
const lengthOf = (text: string): number => Array.from(text).length;

/** Text without control characters and lone surrogates that is long enough without the white space around it. */
export const textKind = ({ min = 1, max, pattern, multiline = false }: TextLimits): Kind => ({
  schema: { type: 'string', minLength: min, maxLength: max, ...(pattern ? { pattern: pattern.source } : {}) },
  fault: (value) => {
    if (typeof value !== 'string') return 'type';
    if (lengthOf(value) > max || lengthOf(value.trim()) < min) return 'length';
    const sound = value.isWellFormed() && !(multiline ? controlButLines : control).test(value);
    return sound && (pattern?.test(value) ?? true) ? undefined : 'format';
  },
});

/** An id: its prefix and 26 characters of lower-case base32. Without a prefix any of ours. */
export const idKind = (prefix?: string): Kind => {
  const pattern = new RegExp(`^${prefix ?? '[a-z]+'}_[a-z2-7]{26}$`);
  return {
    schema: { type: 'string', pattern: pattern.source },
    fault: (value) => (typeof value !== 'string' ? 'type' : pattern.test(value) ? undefined : 'format'),
  };
};

export const nameOfKind = (names: readonly string[]): Kind => ({
  schema: { type: 'string', enum: [...names] },
  fault: (value) => (typeof value !== 'string' ? 'type' : names.includes(value) ? undefined : 'format'),
});

/** What mail can be sent to as it stands: no quoted parts, comments, lists or routes. */
const plainAddress = /^[^\s\p{C}<>()[\]\\,;:"@]+@[^\s\p{C}<>()[\]\\,;:"@]+$/u;

export const emailKind: Kind = {
  schema: { type: 'string', format: 'email', maxLength: 254 },
  fault: (value) => {
    if (typeof value !== 'string') return 'type';
    if (value.length > 254) return 'length';
    return value.isWellFormed() && plainAddress.test(value) && isEmail(value) ? undefined : 'format';
  },
};

export const webAddressKind: Kind = {
  schema: { type: 'string', format: 'uri', maxLength: 2000 },
  fault: (value) => {
    if (typeof value !== 'string') return 'type';
    if (value.length > 2000) return 'length';
    const sound = /^https?:\/\/[^\s\p{Cc}]+$/iu.test(value) && value.isWellFormed() && URL.canParse(value);
    return sound ? undefined : 'format';
  },
};

/** RFC 3339. */
export const timeKind: Kind = {
  schema: { type: 'string', format: 'date-time' },
  fault: (value) => (typeof value !== 'string' ? 'type' : parseTime(value) === undefined ? 'format' : undefined),
};

/** A time, or a position of a named log: `log_…:` before it. */
export const timeOrNamedPositionKind: Kind = {
  schema: { type: 'string', anyOf: [{ format: 'date-time' }, { pattern: namedPositionPattern.source }] },
  fault: (value) => (typeof value === 'string' && namedPositionPattern.test(value) ? undefined : timeKind.fault(value)),
};

export interface NumberLimits {
  readonly min: number;
  readonly max: number;
}
export const wholeNumberKind = ({ min, max }: NumberLimits): Kind => ({
  schema: { type: 'integer', minimum: min, maximum: max },
  fault: (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return 'type';
    return value >= min && value <= max ? undefined : 'range';
  },
});

export const flagKind: Kind = {
  schema: { type: 'boolean' },
  fault: (value) => (typeof value === 'boolean' ? undefined : 'type'),
};

/** A position as text: 20 digits. */
export const positionKind: Kind = {
  schema: { type: 'string', pattern: '^[0-9]{20}$' },
  fault: (value) => (typeof value !== 'string' ? 'type' : /^\d{20}$/.test(value) ? undefined : 'format'),
};

/** A revision as text: decimal digits. */
export const revisionKind: Kind = {
  schema: { type: 'string', pattern: '^[0-9]{1,19}$' },
  fault: (value) => (typeof value !== 'string' ? 'type' : /^\d{1,19}$/.test(value) ? undefined : 'format'),
};
