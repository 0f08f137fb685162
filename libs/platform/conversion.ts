import { type Type } from '@nestjs/common';

/** What a handler gets for what was sent; undefined for nothing. */
type Convert = (sent: unknown) => unknown;

/** The fields that are converted, by the prototype of their class. */
const conversions = new WeakMap<object, Map<string, Convert>>();

const conversionsOf = (prototype: object | null): ReadonlyMap<string, Convert> | undefined =>
  prototype === null
    ? undefined
    : (conversions.get(prototype) ?? conversionsOf(Object.getPrototypeOf(prototype) as object | null));

/** A field that is not handed on as it was sent. */
export const Converted =
  (convert: Convert): PropertyDecorator =>
  (prototype, name) => {
    const own = conversions.get(prototype) ?? new Map(conversionsOf(prototype));
    conversions.set(prototype, own.set(String(name), convert));
  };

/** Text is converted; anything else stays what it is, for the field's check to refuse. */
export const ConvertedText = (convert: (text: string) => unknown): PropertyDecorator =>
  Converted((sent) => (typeof sent === 'string' ? convert(sent) : sent));

/** An instance of a class with the fields that were sent, converted as it says. What is not sent keeps its initial value. */
export const instanceOf = <Instance extends object>(type: Type<Instance>, sent: object): Instance => {
  const instance = new type();
  const converted = conversionsOf(type.prototype as object);
  for (const [name, value] of Object.entries(sent)) {
    const convert = converted?.get(name);
    const given: unknown = convert === undefined ? value : convert(value);
    if (given !== undefined) (instance as Record<string, unknown>)[name] = given;
  }
  return instance;
};
