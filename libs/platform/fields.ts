/**
 * The decorators of body and answer classes. Each gives a property its OpenAPI schema *and* its check, so a class says everything once:
 *
 *     class InviteUserBody extends Reasoned {
 *       @Name() firstName!: string;
 *       @EmailAddress() email!: string;
 *       @Id('team', { optional: true, nullable: true }) teamId?: string | null;
 *       @ListOf(idKind('app'), { max: 200, optional: true }) applicationIds?: string[];
 *     }
 *
 * A field is required unless `optional`, and not null unless `nullable`; unknown fields are refused everywhere.
 * In answer classes nothing is `optional`: a field is always there.
 */
import { applyDecorators, type Type } from '@nestjs/common';
import { ValidateNested } from 'class-validator';
import { parseTime } from '#eventing/moments.js';
import { Converted, ConvertedText, instanceOf } from './conversion.js';
import { field, fieldOf, type FaultCode, type FieldOptions, type Kind } from './field.js';
import {
  emailKind,
  flagKind,
  idKind,
  nameOfKind,
  type NumberLimits,
  positionKind,
  revisionKind,
  type TextLimits,
  textKind,
  timeKind,
  webAddressKind,
  wholeNumberKind,
} from './kinds.js';

/** Text of `min` (1) to `max` characters, of one line unless `multiline`, matching `pattern`; handlers get it trimmed. */
export const Text = (options: TextLimits & FieldOptions): PropertyDecorator =>
  applyDecorators(
    ConvertedText((text) => text.trim()),
    fieldOf(textKind(options), options),
  );

/** The name of a person or a thing: 1–100 characters without control characters. */
export const Name = (options: FieldOptions = {}): PropertyDecorator => Text({ max: 100, ...options });

/** One of our ids, of one kind by its prefix: `@Id('acc')`; any of them without. */
export const Id = (prefix?: string, options: FieldOptions = {}): PropertyDecorator => fieldOf(idKind(prefix), options);

/** One of some names. */
export const OneOf = (names: readonly string[], options: FieldOptions = {}): PropertyDecorator =>
  fieldOf(nameOfKind(names), options);

export const EmailAddress = (options: FieldOptions = {}): PropertyDecorator => fieldOf(emailKind, options);

/** An http or https URL. */
export const WebAddress = (options: FieldOptions = {}): PropertyDecorator => fieldOf(webAddressKind, options);

/** RFC 3339; handlers get it in UTC with milliseconds. */
export const Time = (options: FieldOptions = {}): PropertyDecorator =>
  applyDecorators(
    ConvertedText((text) => parseTime(text) ?? text),
    fieldOf(timeKind, options),
  );

export const WholeNumber = (options: NumberLimits & FieldOptions): PropertyDecorator =>
  fieldOf(wholeNumberKind(options), options);

export const Flag = (options: FieldOptions = {}): PropertyDecorator => fieldOf(flagKind, options);

/** A position as text, 20 digits. For query parameters see `PositionParameter`. */
export const Position = (options: FieldOptions = {}): PropertyDecorator => fieldOf(positionKind, options);

export const Revision = (options: FieldOptions = {}): PropertyDecorator => fieldOf(revisionKind, options);

interface ListOptions extends FieldOptions {
  /** Least number of items (default 0). */
  readonly min?: number;
  readonly max: number;
}
const listFault = (value: unknown, { min = 0, max }: ListOptions): FaultCode | undefined => {
  if (!Array.isArray(value)) return 'type';
  return value.length < min || value.length > max ? 'length' : undefined;
};
const listSchema = ({ min = 0, max }: ListOptions): object => ({ minItems: min, maxItems: max });

/** A list of values of one kind (kinds.ts); a faulty item is named by its index. */
export const ListOf = (kind: Kind, options: ListOptions): PropertyDecorator =>
  field(
    { type: 'array', items: kind.schema, ...listSchema(options) },
    (value) => {
      const code = listFault(value, options);
      if (code !== undefined) return [{ code, path: '' }];
      return (value as unknown[]).flatMap((item, index) => {
        const fault = kind.fault(item);
        return fault === undefined ? [] : [{ code: fault, path: `/${index}` }];
      });
    },
    options,
  );

type ClassOf = Type<object>;
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nested = (of: () => ClassOf, value: unknown): unknown => (isObject(value) ? instanceOf(of(), value) : value);

// The OpenAPI explorer knows a lazy type by the function's name: `type`.
const lazily = (of: () => ClassOf): object => ({ type: () => of() });

/** An object of another class: `@Nested(() => OwnerBody)`. */
export const Nested = (of: () => ClassOf, options: FieldOptions = {}): PropertyDecorator =>
  applyDecorators(
    field(lazily(of), (value) => (isObject(value) ? [] : [{ code: 'type', path: '' }]), options),
    Converted((sent) => nested(of, sent)),
    ValidateNested(),
  );

/** A list of objects of another class: `@ListOfNested(() => GrantBody, { min: 1, max: 500 })`. */
export const ListOfNested = (of: () => ClassOf, options: ListOptions): PropertyDecorator =>
  applyDecorators(
    field(
      { ...lazily(of), isArray: true, ...listSchema(options) },
      (value) => {
        const code = listFault(value, options);
        if (code !== undefined) return [{ code, path: '' }];
        return (value as unknown[]).flatMap((item, index) =>
          isObject(item) ? [] : [{ code: 'type', path: `/${index}` }],
        );
      },
      options,
    ),
    Converted((sent) => (Array.isArray(sent) ? sent.map((item) => nested(of, item)) : sent)),
    ValidateNested({ each: true }),
  );

/** A field of an answer that fits none of the above, by its JSON schema. Requests don't use it. */
export const AnswerField = (schema: object, options: FieldOptions = {}): PropertyDecorator =>
  field(schema, () => [], options);

/** Why, up to 500 characters; lines are kept. */
export const reasonKind = textKind({ max: 500, multiline: true });
/** The number of a ticket elsewhere, up to 100 characters. */
export const ticketKind = textKind({ max: 100 });

/** What a body may say of its reason instead of the headers; extend it. */
export class Reasoned {
  @fieldOf(reasonKind, { optional: true, description: 'Why; kept with the event. Or the header Grantrail-Reason.' })
  readonly reason?: string;

  @fieldOf(ticketKind, { optional: true, description: 'A ticket elsewhere. Or the header Grantrail-Ticket.' })
  readonly ticket?: string;
}
