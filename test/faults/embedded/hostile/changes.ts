import type { Random } from '../../../system/random.js';
import { unsoundBodies } from '../../../system/hostile.js';
import type { Draft, World } from './draft.js';
import { encoded, headerNames, headerValues, names, values } from './values.js';

/** Makes a request worse; gives what it did, or nothing where it can't be done. */
export type Change = (draft: Draft, world: World) => string | undefined;

type Container = Record<string, unknown> | unknown[];

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** Some place of a body, as who holds it and under which key. */
const place = (body: unknown, random: Random): readonly [Container, string] | undefined => {
  if (!isContainer(body)) return undefined;
  const key = random.of(Object.keys(body));
  if (key === undefined) return undefined;
  const inner = (body as Record<string, unknown>)[key];
  return (random.below(2) === 0 ? place(inner, random) : undefined) ?? [body, key];
};

const put = ([holder, key]: readonly [Container, string], value: unknown): void => {
  (holder as Record<string, unknown>)[key] = value;
};

const textOf = (draft: Draft): string => draft.text ?? JSON.stringify(draft.body ?? {});

const otherValue: Change = (draft, { random }) => {
  draft.body = structuredClone(draft.body);
  const at = place(draft.body, random);
  const value = random.of(values);
  if (at === undefined || random.below(12) === 0) draft.body = value;
  else put(at, value);
  return `${at?.[1] ?? 'body'} = ${JSON.stringify(value).slice(0, 30)}`;
};

const foreignValue: Change = (draft, { random, foreign }) => {
  draft.body = structuredClone(draft.body);
  const at = place(draft.body, random);
  if (at === undefined) return undefined;
  put(at, random.of(Object.values(foreign)));
  return `${at[1]} of a stranger`;
};

const missing: Change = (draft, { random }) => {
  draft.body = structuredClone(draft.body);
  const at = place(draft.body, random);
  if (at === undefined) return undefined;
  if (Array.isArray(at[0])) at[0].splice(Number(at[1]), 1);
  else Reflect.deleteProperty(at[0], at[1]);
  return `without ${at[1]}`;
};

const extra: Change = (draft, { random }) => {
  const name = random.of(names)!;
  // As text: an object would not keep __proto__.
  draft.text = textOf(draft).replace('{', () => `{${JSON.stringify(name)}:1,`);
  return `with ${name.slice(0, 20)}`;
};

const twice: Change = (draft, { random }) => {
  const name = isContainer(draft.body) ? random.of(Object.keys(draft.body)) : undefined;
  if (name === undefined) return undefined;
  draft.text = textOf(draft).replace('{', () => `{${JSON.stringify(name)}:"x",`);
  return `${name} twice`;
};

const listed: Change = (draft, { random }) => {
  draft.body = structuredClone(draft.body);
  const at = place(draft.body, random);
  if (at === undefined) return undefined;
  put(at, [(at[0] as Record<string, unknown>)[at[1]]]);
  return `${at[1]} in a list`;
};

const rawNumber: Change = (draft, { random }) => {
  const number = random.of(['1e400', '-0', '1E+2', '01', '12345678901234567890', '0.1e-999', 'Infinity'])!;
  draft.text = textOf(draft).replace(/:("[^"]*"|\d+|true|false|null)/, () => `:${number}`);
  return `a value = ${number}`;
};

const otherBody: Change = (draft, { random }) => {
  const [what, , body] = random.of(unsoundBodies)!;
  draft.bytes = Buffer.from(body as string);
  return what;
};

const spoiltBytes: Change = (draft, { random }) => {
  const bytes = Buffer.from(textOf(draft));
  if (bytes.length === 0) return undefined;
  for (let times = 1 + random.below(3); times > 0; times -= 1) bytes[random.below(bytes.length)] = random.below(256);
  draft.bytes = random.below(3) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
  return 'spoilt bytes';
};

const otherSegment: Change = (draft, { random, foreign }) => {
  const templates = draft.operation?.path.split('/') ?? [];
  const index = random.of(templates.flatMap((segment, at) => (segment.startsWith('{') ? [at] : [])));
  if (index === undefined) return undefined;
  const name = templates[index]!.slice(1, -1);
  const segment = (random.below(2) === 0 ? foreign[name] : undefined) ?? random.of(encoded)!;
  draft.path[index] = segment;
  // An empty segment, or one with dots alone, is another path.
  if (segment === '' || /^(\.|%2e)+$/i.test(segment)) draft.operation = undefined;
  return `{${name}} = ${segment.slice(0, 30)}`;
};

const otherPath: Change = (draft, { random }) => {
  const path = draft.path.join('/');
  const other = random.of([
    `${path}/`,
    path.toUpperCase(),
    `/${path}`,
    `${path};a=b`,
    `${path}/..`,
    `http://evil${path}`,
    `${path}%2f`,
    '*',
    '/v1',
    '/v2/me',
    `/docs/../${path}`,
  ])!;
  draft.path = other.split('/');
  draft.operation = undefined;
  return `path ${other.slice(0, 60)}`;
};

const otherQuery: Change = (draft, { random, cursors }) => {
  const known = draft.operation?.parameters?.filter((parameter) => parameter.in === 'query') ?? [];
  const name =
    (random.below(4) === 0 ? undefined : random.of(known)?.name) ?? random.of([...names, 'dryRun', 'limit'])!;
  const value = random.below(6) === 0 ? encodeURIComponent(random.of(cursors) ?? '') : random.of(encoded)!;
  const text = `${encodeURIComponent(name)}${random.of(['', '', '', '[]', '[a]', '.a'])!}=${value}`;
  if (/[\s#]/.test(text)) return undefined;
  draft.query.push(text);
  return `?${text.slice(0, 60)}`;
};

const spoiltCursor: Change = (draft, { random, cursors }) => {
  const cursor = random.of(cursors);
  if (cursor === undefined) return undefined;
  const at = random.below(cursor.length);
  const spoilt = cursor.slice(0, at) + random.of(['A', 'a', '0', '-', '_'])! + cursor.slice(at + 1);
  draft.query.push(`${random.of(['cursor', 'after'])!}=${spoilt}`);
  return 'a spoilt cursor';
};

const otherHeader: Change = (draft, { random }) => {
  const [name, value] = [random.of(headerNames)!, random.of(headerValues)!];
  if (random.below(2) === 0) draft.headers = draft.headers.filter(([known]) => known !== name);
  draft.headers.push([name, value]);
  return `${name}: ${value.slice(0, 30)}`;
};

const otherMethod: Change = (draft, { random }) => {
  draft.method = random.of([
    'GET',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'HEAD',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'SEARCH',
  ])!;
  if (draft.method !== draft.operation?.method) draft.operation = undefined;
  return draft.method;
};

const inChunks: Change = (draft) => {
  if (draft.body === undefined) return undefined;
  draft.framing = 'chunks';
  return 'in chunks';
};

/** What is wrong stays a request that HTTP lets through; each as often as its weight. */
export const changes: readonly (readonly [weight: number, change: Change])[] = [
  [20, otherValue],
  [4, foreignValue],
  [4, missing],
  [5, extra],
  [2, twice],
  [3, listed],
  [2, rawNumber],
  [2, otherBody],
  [5, spoiltBytes],
  [12, otherSegment],
  [2, otherPath],
  [14, otherQuery],
  [4, spoiltCursor],
  [12, otherHeader],
  [4, otherMethod],
  [3, inChunks],
];
