import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import {
  Validate,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

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

/** Faults travel as the message of a class-validator constraint: `format/3 type/7`. */
export const faultsConstraint = 'faults';
const written = (faults: readonly Fault[]): string => faults.map(({ code, path }) => code + path).join(' ');
export const readFaults = (message: string): Fault[] =>
  message.split(' ').flatMap((part) => {
    const slash = `${part}/`.indexOf('/');
    const code = faultCodes.find((candidate) => candidate === part.slice(0, slash));
    return code === undefined ? [] : [{ code, path: part.slice(slash) }];
  });

type Check = (value: unknown, siblings: object) => readonly Fault[];

/** The one constraint of all fields, which is given the check of each. */
@ValidatorConstraint({ name: faultsConstraint })
class Faults implements ValidatorConstraintInterface {
  validate(value: unknown, { constraints: [check], object }: ValidationArguments): boolean {
    return (check as Check)(value, object).length === 0;
  }

  defaultMessage({ constraints: [check], value, object }: ValidationArguments): string {
    return written((check as Check)(value, object));
  }
}

/** A property's OpenAPI schema and its check in one; `siblings` is the object it belongs to. */
export const field = (
  schema: object,
  faultsOf: Check,
  { optional = false, nullable = false, description }: FieldOptions,
): PropertyDecorator => {
  const check: Check = (value, siblings) => {
    if (value === undefined) return optional ? [] : [{ code: 'required', path: '' }];
    return value === null && nullable ? [] : faultsOf(value, siblings);
  };
  return applyDecorators(
    ApiProperty({
      ...schema,
      // Where the schema lists required properties of its own, whether the field is required is said apart.
      ...('required' in schema ? { selfRequired: !optional } : { required: !optional }),
      ...(nullable ? { nullable } : {}),
      ...(description === undefined ? {} : { description }),
    }),
    Validate(Faults, [check]),
  );
};

export const fieldOf = (kind: Kind, options: FieldOptions): PropertyDecorator =>
  field(
    kind.schema,
    (value) => {
      const code = kind.fault(value);
      return code === undefined ? [] : [{ code, path: '' }];
    },
    options,
  );
