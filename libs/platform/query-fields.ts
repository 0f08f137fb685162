/** The decorators of query classes: text is converted explicitly, then checked. */
import { applyDecorators } from '@nestjs/common';
import { parseTime } from '#eventing/moments.js';
import { namedPositionPattern, parseNamedPosition, parsePosition } from '#eventing/position.js';
import { ConvertedText } from './conversion.js';
import { field, fieldOf, type FieldOptions, type Kind } from './field.js';
import { flagKind, type NumberLimits, textKind, wholeNumberKind } from './kinds.js';

const inQuery = (kind: Kind, options: FieldOptions): PropertyDecorator => fieldOf(kind, { optional: true, ...options });

/** A parameter that is text, up to `max` characters (100). */
export const TextParameter = (
  options: { min?: number; max?: number; pattern?: RegExp } & FieldOptions = {},
): PropertyDecorator => inQuery(textKind({ max: 100, ...options }), options);

/** A parameter of any kind of text (kinds.ts). */
export const Parameter = (kind: Kind, options: FieldOptions = {}): PropertyDecorator => inQuery(kind, options);

/** A whole number; give the property an initial value to have a default. */
export const NumberParameter = (options: NumberLimits & FieldOptions & { default?: number }): PropertyDecorator => {
  const kind = wholeNumberKind(options);
  const schema = { ...kind.schema, ...(options.default === undefined ? {} : { default: options.default }) };
  return applyDecorators(
    ConvertedText((text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text)),
    inQuery({ ...kind, schema }, options),
  );
};

/** `true` or `false`. */
export const FlagParameter = (options: FieldOptions = {}): PropertyDecorator =>
  applyDecorators(
    ConvertedText((text) => (text === 'true' ? true : text === 'false' ? false : text)),
    inQuery(flagKind, options),
  );

/** A filter whose values are joined by commas (`status=active,invited`); handlers get a list. */
export const ListParameter = (kind: Kind, options: FieldOptions = {}): PropertyDecorator =>
  applyDecorators(
    ConvertedText((text) => text.split(',')),
    field(
      { type: 'array', items: kind.schema, maxItems: 100, style: 'form', explode: false },
      (value) => {
        const items = Array.isArray(value) ? (value as unknown[]) : [];
        if (items.length > 100) return [{ code: 'length', path: '' }];
        const code = items.map((item) => kind.fault(item)).find((fault) => fault !== undefined);
        return code === undefined ? [] : [{ code, path: '' }];
      },
      { optional: true, description: 'Any of these, separated by commas.', ...options },
    ),
  );

const orAbsent = (): PropertyDecorator => ConvertedText((text) => (text === '' ? undefined : text));
const isPosition = (text: string): boolean => parsePosition(text) !== undefined;

/** A position as text; empty text counts as absent. `notWith` names a parameter that excludes this one. */
export const PositionParameter = ({
  notWith,
  ...options
}: { notWith?: string } & FieldOptions = {}): PropertyDecorator =>
  applyDecorators(
    orAbsent(),
    field(
      { type: 'string', pattern: '^[0-9]{1,20}$' },
      (value, siblings) => {
        if (typeof value !== 'string' || !isPosition(value)) return [{ code: 'format', path: '' }];
        const excluded = notWith !== undefined && (siblings as Record<string, unknown>)[notWith] !== undefined;
        return excluded ? [{ code: 'unknown', path: '' }] : [];
      },
      { optional: true, ...options },
    ),
  );

const isMoment = (text: string): boolean =>
  isPosition(text) || parseNamedPosition(text) !== undefined || parseTime(text) !== undefined;

const namedPositions = 'A position of a log that this one was copied from is said with its id: `log_…:` before it.';

/** A position (of this log, or of a named one that it was copied from) or a time as text; empty text counts as absent. */
export const MomentParameter = ({ description = '', ...options }: FieldOptions = {}): PropertyDecorator =>
  applyDecorators(
    orAbsent(),
    field(
      {
        type: 'string',
        anyOf: [{ pattern: '^[0-9]{1,20}$' }, { pattern: namedPositionPattern.source }, { format: 'date-time' }],
      },
      (value) => (typeof value === 'string' && isMoment(value) ? [] : [{ code: 'format', path: '' }]),
      { optional: true, description: `${description} ${namedPositions}`.trim(), ...options },
    ),
  );

/** The keys of a list, each also with `-` for descending: `@SortParameter(['name', 'openedAt'])`. The first is the default. */
export const SortParameter = (
  keys: readonly string[],
  { first = keys[0], ...options }: { first?: string } & FieldOptions = {},
): PropertyDecorator => {
  const names = keys.flatMap((key) => [key, `-${key}`]);
  return inQuery(
    {
      schema: { type: 'string', enum: names, default: first },
      fault: (value) => (typeof value === 'string' && names.includes(value) ? undefined : 'format'),
    },
    { description: 'Ascending, or with `-` descending; ties by id.', ...options },
  );
};

/** The words that are searched for. */
export const SearchParameter = (options: FieldOptions = {}): PropertyDecorator =>
  TextParameter({ min: 2, description: 'Beginnings of words of a name; of people, also of an e-mail.', ...options });

/** Which moment a question is about. Parameters of single resources; lists have more. */
export class MomentQuery {
  @MomentParameter({ description: 'As it was then: a position, or a time.' })
  readonly asOf?: string;

  @PositionParameter({ notWith: 'asOf', description: 'Answer from no earlier moment; not together with asOf.' })
  readonly minPosition?: string;
}

/** What every list takes; extend it by `sort` and filters. */
export class ListQuery extends MomentQuery {
  @NumberParameter({ min: 1, max: 200, default: 50, description: 'Items of a page, at most.' })
  readonly limit: number = 50;

  @TextParameter({ max: 6000, description: 'The `nextCursor` of the page before.' })
  readonly cursor?: string;

  @FlagParameter({ description: 'Count the items, up to 10,000.' })
  readonly count: boolean = false;
}

/** What every feed takes. */
export class FeedQuery {
  @TextParameter({ max: 2000, description: 'The `nextAfter` of the answer before; from the first without it.' })
  readonly after?: string;

  @NumberParameter({ min: 1, max: 1000, default: 1000, description: 'Items of an answer, at most.' })
  readonly limit: number = 1000;

  @NumberParameter({ min: 0, max: 30, default: 0, description: 'Seconds to wait while there is nothing new.' })
  readonly wait: number = 0;
}
