import { type ValidationError, ValidationPipe } from '@nestjs/common';
import { Refusal } from '#eventing/refusal.js';
import { type Fault, type FaultCode, faultsConstraint, readFaults } from './field.js';
import { type RequestProblem } from './problems.js';

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

/** Fields named like what every object has (`toString`): class-transformer passes over them, so they would not be found unknown. */
const inherited = (value: unknown, at = ''): string[] => {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const pointer = at + pointerPart(name);
    return [...(name in Object.prototype ? [pointer] : []), ...inherited(inner, pointer)];
  });
};

const maxProblems = 100;

const refusalFor = (problems: readonly RequestProblem[]): Refusal =>
  new Refusal('invalid-request', {}, problems.slice(0, maxProblems));

const pipeOf = (problem: (code: FaultCode, at: string) => RequestProblem): ValidationPipe =>
  new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transformOptions: { enableImplicitConversion: false, exposeUnsetFields: false },
    exceptionFactory: (errors) => refusalFor(problemsOf(errors).map(({ code, at }) => problem(code, at))),
  });

const bodyPipe = pipeOf((code, pointer) => ({ pointer, code }));
const queryPipe = pipeOf((code, at) => ({ parameter: at.slice(1), code }));

const checkBody = (body: unknown): void => {
  if (body === undefined) return;
  if (!isObject(body) || Array.isArray(body)) throw refusalFor([{ pointer: '', code: 'type' }]);
  const unknown = inherited(body);
  if (unknown.length > 0) throw refusalFor(unknown.map((pointer) => ({ pointer, code: 'unknown' })));
};

/** Checks bodies and queries against their classes: unknown fields are refused, nothing is converted silently. */
export const validationPipe: Pick<ValidationPipe, 'transform'> = {
  transform: async (value: unknown, metadata) => {
    if (metadata.type !== 'body') return (await queryPipe.transform(value, metadata)) as unknown;
    checkBody(value);
    return (await bodyPipe.transform(value, metadata)) as unknown;
  },
};
