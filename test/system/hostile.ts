import { type Document, isNullable, resolved, type Schema } from './openapi-document.js';

export const longText = 'x'.repeat(50_000);

const wrongTypes: Readonly<Record<string, readonly unknown[]>> = {
  string: [7, true, {}, [], ['a'], null, longText, ''],
  integer: ['7', 1.5, -1, 1e12, true, {}, [], null, longText],
  boolean: ['true', 1, {}, [], null, longText],
  array: ['a', 7, true, {}, null, [null], [7], [{}], [[]], [longText], longText],
  object: ['a', 7, true, [], [{}], null, {}, { unknown: 1 }, longText],
};

const typeOf = ({ type, properties, items }: Schema): string => {
  if (properties !== undefined) return 'object';
  return items === undefined ? ([type].flat().find((name) => name !== 'null') ?? 'string') : 'array';
};

/** Bodies that have one thing wrong each, and where. */
export function* spoilt(
  body: unknown,
  schema: Schema,
  document: Document,
  pointer = '',
): Generator<readonly [pointer: string, body: unknown]> {
  const known = resolved(schema, document);
  for (const wrong of wrongTypes[typeOf(known)] ?? []) {
    const isAllowed = (wrong === null && isNullable(known)) || (pointer === '' && isEmptyObject(wrong, known));
    if (!isAllowed) yield [`${pointer} = ${JSON.stringify(wrong).slice(0, 20)}`, wrong];
  }
  if (known.properties !== undefined) {
    const whole = body as Readonly<Record<string, unknown>>;
    for (const [name, inner] of Object.entries(known.properties)) {
      for (const [at, value] of spoilt(whole[name], inner, document, `${pointer}/${name}`))
        yield [at, { ...whole, [name]: value }];
      if (known.required?.includes(name) === true)
        yield [`${pointer}/${name} left out`, { ...whole, [name]: undefined }];
    }
    for (const name of ['unknown', 'toString', 'hasOwnProperty', 'constructor'])
      yield [`${pointer}/${name} unknown`, { ...whole, [name]: 'x' }];
  } else if (known.items !== undefined) {
    const [item] = body as readonly unknown[];
    for (const [at, value] of spoilt(item, known.items, document, `${pointer}/0`)) yield [at, [value]];
  }
}

const isEmptyObject = (value: unknown, { required = [] }: Schema): boolean =>
  required.length === 0 && typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Texts that no name may be. */
export const unsoundTexts = [
  'a\u0000b',
  'a\r\nBcc: eve@example.com',
  'tab\there',
  'bell\u0007',
  'lone \ud800 surrogate',
  '\udfff',
  '\u0085next line',
  ' ',
  'x'.repeat(101),
] as const;

export const unsoundEmails = [
  'ann@example.com\r\nBcc: eve@example.com',
  'ann@example.com,eve@example.com',
  'Ann <ann@example.com>',
  'ann@exa mple.com',
  'ann@\ud800.com',
  'ann',
  '@example.com',
  `${'a'.repeat(250)}@example.com`,
  '"ann\r\n"@example.com',
] as const;

/** Bodies that are no JSON of ours, with the code that says so. */
export const unsoundBodies: readonly (readonly [what: string, code: string, body: string | Uint8Array<ArrayBuffer>])[] =
  [
    ['100,000 levels of arrays', 'invalid-json', '['.repeat(1e5) + ']'.repeat(1e5)],
    ['40,000 levels of objects', 'invalid-json', '{"a":'.repeat(4e4) + '1' + '}'.repeat(4e4)],
    ['33 levels', 'invalid-json', '['.repeat(33) + ']'.repeat(33)],
    ['40,000 fields', 'body-too-large', `{${Array.from({ length: 4e4 }, (_, index) => `"k${index}":1`).join()}}`],
    ['__proto__', 'invalid-json', '{"name":"a","__proto__":{"admin":true}}'],
    ['__proto__ in escapes', 'invalid-json', '{"name":"a","\\u005f_proto__":{"admin":true}}'],
    ['constructor.prototype', 'invalid-json', '{"constructor":{"prototype":{"admin":true}}}'],
    ['the same field twice', 'invalid-json', '{"name":"a","name":"b"}'],
    ['half an object', 'invalid-json', '{"name":'],
    ['two values', 'invalid-json', '{} {}'],
    ['single quotes', 'invalid-json', "{'name':'a'}"],
    ['NaN', 'invalid-json', '{"name":NaN}'],
    ['bytes that are no UTF-8', 'invalid-json', Uint8Array.of(0x22, 0xff, 0xfe, 0x22)],
    ['a byte order mark', 'invalid-json', '\ufeff{"name":"a"}'],
  ];

/** What a segment of a path may be made of. */
export const unsoundSegments = [
  '%00',
  '%ff',
  '%0d%0aSet-Cookie:%20a=b',
  '..%2f..%2fplatform',
  '__proto__',
  'constructor',
  'undefined',
  '%F0%9F%98%80',
  'x'.repeat(101),
  'x'.repeat(3_000),
  'acc_AAAAAAAAAAAAAAAAAAAAAAAAAA',
  "';--",
  '*',
] as const;

/** 11 MB. */
export const millionFields = (): string => `{${Array.from({ length: 1e6 }, (_, index) => `"k${index}":1`).join()}}`;
