import { type PipeTransform } from '@nestjs/common';
import { Refusal } from '#eventing/refusal.js';
import { type ClassOf, type FaultCode, type FieldRule, rulesOf } from './field.js';
import { type RequestProblem } from './problems.js';

/** A fault and where it is, as a JSON pointer. */
interface Found {
  readonly code: FaultCode;
  readonly at: string;
}

const pointerPart = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** An object of a class from what was sent, with everything that is wrong with it added to `found`. */
const readAs = (type: ClassOf, sent: object, at: string, found: Found[]): object => {
  const rules = rulesOf(type);
  const object = new type() as Record<string, unknown>;
  for (const [name, value] of Object.entries(sent) as [string, unknown][]) {
    const rule = rules.get(name);
    if (rule === undefined) found.push({ code: 'unknown', at: at + pointerPart(name) });
    else {
      const read = rule.conversions.reduce((converted, convert) => convert(converted), value);
      if (read !== undefined) object[name] = read;
    }
  }
  for (const [name, rule] of rules) {
    const value = object[name];
    const faults = rule.faults(value, object);
    for (const { code, path } of faults) found.push({ code, at: at + pointerPart(name) + path });
    // Where the value itself is of the wrong type, what is said of its inside means nothing.
    if (rule.inside !== undefined && faults.length === 0 && isObject(value))
      object[name] = readInside(rule.inside, value, at + pointerPart(name), found);
  }
  return object;
};

const readInside = (inside: NonNullable<FieldRule['inside']>, value: object, at: string, found: Found[]): object => {
  const type = inside.of();
  if (!inside.each) return readAs(type, value, at, found);
  return (value as object[]).map((item, index) => readAs(type, item, `${at}/${index}`, found));
};

const maxProblems = 100;

const refusalFor = (problems: readonly RequestProblem[]): Refusal =>
  new Refusal('invalid-request', {}, problems.slice(0, maxProblems));

const readWhole = (type: ClassOf, sent: object, problem: (found: Found) => RequestProblem): object => {
  const found: Found[] = [];
  const object = readAs(type, sent, '', found);
  if (found.length > 0) throw refusalFor(found.map(problem));
  return object;
};

/** Reads bodies and queries as their classes say: unknown fields are refused, nothing is converted silently. */
export const validationPipe: PipeTransform = {
  transform: (value: unknown, { type, metatype }): unknown => {
    if ((type !== 'body' && type !== 'query') || metatype === undefined) return value;
    const of = metatype as ClassOf;
    if (rulesOf(of).size === 0) return value;
    if (type === 'query') return readWhole(of, value as object, ({ code, at }) => ({ parameter: at.slice(1), code }));
    const body = value === undefined ? {} : value;
    if (!isObject(body) || Array.isArray(body)) throw refusalFor([{ pointer: '', code: 'type' }]);
    return readWhole(of, body, ({ code, at }) => ({ pointer: at, code }));
  },
};
