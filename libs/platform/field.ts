import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

/** What can be wrong with a field of a request. */
export const faultCodes = ['required', 'unknown', 'type', 'length', 'format', 'range'] as const;
export type FaultCode = (typeof faultCodes)[number];

/** A fault within a value: `/3` for the fourth item of a list, '' for the value itself. */
export interface Fault {
  readonly code: FaultCode;
  readonly path: string;
}

export interface FieldOptions {
  /** May be left out. A field that is neither optional nor nullable is required. */
  readonly optional?: boolean;
  /** May be `null`. */
  readonly nullable?: boolean;
  readonly description?: string;
}

/** How a value of some kind looks in OpenAPI, and what is wrong with a value of a request (nothing: undefined). */
export interface Kind {
  readonly schema: object;
  readonly fault: (value: unknown) => FaultCode | undefined;
}

/** A class of requests or answers. */
export type ClassOf = new () => object;

/** How a field of a request is read. */
export interface FieldRule {
  /** Applied one after another to what was sent. */
  readonly conversions: ((value: unknown) => unknown)[];
  /** What is wrong with the converted value; `siblings` is the object it belongs to. */
  faults: (value: unknown, siblings: object) => readonly Fault[];
  /** The class of the object that it holds, or of each object in its list. */
  inside?: { readonly of: () => ClassOf; readonly each: boolean };
}

type Rules = Map<string, FieldRule>;
const declared = new WeakMap<object, Rules>();
const whole = new WeakMap<ClassOf, Rules>();

const ruleOf = (prototype: object, name: string): FieldRule => {
  const rules = declared.get(prototype) ?? (new Map() as Rules);
  declared.set(prototype, rules);
  const rule = rules.get(name) ?? { conversions: [], faults: () => [] };
  rules.set(name, rule);
  return rule;
};

/** The fields of a class, those it inherits first. */
export const rulesOf = (type: ClassOf): ReadonlyMap<string, FieldRule> => {
  let rules = whole.get(type);
  if (rules === undefined) {
    const parent = Object.getPrototypeOf(type) as ClassOf;
    const inherited = parent === Function.prototype ? [] : rulesOf(parent);
    rules = new Map([...inherited, ...(declared.get(type.prototype as object) ?? [])]);
    whole.set(type, rules);
  }
  return rules;
};

/** A property that is converted before it is checked. */
export const converted =
  (convert: (value: unknown) => unknown): PropertyDecorator =>
  (prototype, name) => {
    ruleOf(prototype, name as string).conversions.push(convert);
  };

/** A property that holds an object of another class, or (`each`) a list of them; what it holds is read as that class says. */
export const holding =
  (of: () => ClassOf, { each }: { readonly each: boolean }): PropertyDecorator =>
  (prototype, name) => {
    ruleOf(prototype, name as string).inside = { of, each };
  };

const checkedBy =
  (faults: FieldRule['faults']): PropertyDecorator =>
  (prototype, name) => {
    ruleOf(prototype, name as string).faults = faults;
  };

const required: readonly Fault[] = [{ code: 'required', path: '' }];
const sound: readonly Fault[] = [];

/** A property's OpenAPI schema and its check in one; `siblings` is the object it belongs to. */
export const field = (
  schema: object,
  faultsOf: FieldRule['faults'],
  { optional = false, nullable = false, description }: FieldOptions,
): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      ...schema,
      // Where the schema lists required properties of its own, whether the field is required is said apart.
      ...('required' in schema ? { selfRequired: !optional } : { required: !optional }),
      ...(nullable ? { nullable } : {}),
      ...(description === undefined ? {} : { description }),
    }),
    checkedBy((value, siblings) => {
      if (value === undefined) return optional ? sound : required;
      return value === null && nullable ? sound : faultsOf(value, siblings);
    }),
  );

export const fieldOf = (kind: Kind, options: FieldOptions): PropertyDecorator =>
  field(
    kind.schema,
    (value) => {
      const code = kind.fault(value);
      return code === undefined ? sound : [{ code, path: '' }];
    },
    options,
  );
