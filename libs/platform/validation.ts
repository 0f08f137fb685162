import { type PipeTransform, type Type } from '@nestjs/common';
import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import { Refusal } from '#eventing/refusal.js';
import { instanceOf } from './conversion.js';
import { type Fault, type FaultCode, faultsConstraint, readFaults } from './field.js';
import { type RequestProblem } from './problems.js';

const storage = getMetadataStorage();
const findFields = storage.getTargetValidationMetadatas.bind(storage);
const known = new WeakMap<object, ReturnType<typeof findFields>>();
// It looks through the fields of every class there is for those of one; a class has all of its own before it is first asked for.
storage.getTargetValidationMetadatas = (type, ...rest) => {
  let fields = known.get(type);
  if (fields === undefined) known.set(type, (fields = findFields(type, ...rest)));
  return fields;
};

/** The first that applies names what is wrong, where a class uses constraints of class-validator itself. */
const ofConstraint: readonly (readonly [RegExp, FaultCode])[] = [
  [/^whitelistValidation$/, 'unknown'],
  [/^(isDefined|isNotEmpty)$/, 'required'],
  [/^(isString|isNumber|isInt|isBoolean|isArray|isObject|nestedValidation)$/, 'type'],
  [/length|^array/i, 'length'],
  [/^(min|max)(Date)?$/, 'range'],
];

const faultsOf = (error: ValidationError): Fault[] => {
  const constraints = error.constraints ?? {};
  const ours = constraints[faultsConstraint];
  if (ours !== undefined) return readFaults(ours);
  const names = Object.keys(constraints);
  if (names.length === 0) return [];
  if (error.value === undefined && !names.includes('whitelistValidation')) return [{ code: 'required', path: '' }];
  const [, code] = ofConstraint.find(([pattern]) => names.some((name) => pattern.test(name))) ?? [null, 'format'];
  return [{ code, path: '' }];
};

const pointerPart = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

const problemsOf = (errors: readonly ValidationError[], at = ''): (Fault & { at: string })[] =>
  errors.flatMap((error) => {
    const pointer = at + pointerPart(error.property);
    const faults = faultsOf(error).map(({ code, path }) => ({ code, path, at: pointer + path }));
    // Where the value itself is of the wrong type, what is said of its inside means nothing.
    return faults.length > 0 ? faults : problemsOf(error.children ?? [], pointer);
  });

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Fields named like what every object has (`toString`): class-validator would take them for fields of the class. */
const inherited = (value: object, at = ''): string[] => {
  const found: string[] = [];
  for (const [name, inner] of Object.entries(value) as [string, unknown][]) {
    if (name in Object.prototype) found.push(at + pointerPart(name));
    if (isObject(inner)) found.push(...inherited(inner, at + pointerPart(name)));
  }
  return found;
};

const maxProblems = 100;

const refusalFor = (problems: readonly RequestProblem[]): Refusal =>
  new Refusal('invalid-request', {}, problems.slice(0, maxProblems));

const rules = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  validationError: { target: false },
};

/** The fields as an instance of their class, converted as it says. @throws Refusal naming what is not as the class says */
const checked = (
  type: Type<object>,
  fields: object,
  problem: (code: FaultCode, at: string) => RequestProblem,
): object => {
  const instance = instanceOf(type, fields);
  const errors = validateSync(instance, rules);
  if (errors.length > 0) throw refusalFor(problemsOf(errors).map(({ code, at }) => problem(code, at)));
  return instance;
};

/** The fields of a body, none of one that was not sent. */
const fieldsOf = (body: unknown): object => {
  if (body === undefined) return {};
  if (!isObject(body) || Array.isArray(body)) throw refusalFor([{ pointer: '', code: 'type' }]);
  const unknown = inherited(body);
  if (unknown.length > 0) throw refusalFor(unknown.map((pointer) => ({ pointer, code: 'unknown' })));
  return body;
};

const inBody = (code: FaultCode, pointer: string): RequestProblem => ({ pointer, code });
const inQuery = (code: FaultCode, at: string): RequestProblem => ({ parameter: at.slice(1), code });

/** Checks bodies and queries against their classes: unknown fields are refused, nothing is converted silently. */
export const validationPipe: PipeTransform = {
  transform: (value: unknown, { type, metatype, data }) => {
    if (metatype === undefined || data !== undefined) return value;
    if (type === 'query') return checked(metatype as Type<object>, value as object, inQuery);
    return type === 'body' ? checked(metatype as Type<object>, fieldsOf(value), inBody) : value;
  },
};
