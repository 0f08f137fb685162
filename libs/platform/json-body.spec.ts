import { describe, expect, it } from '@jest/globals';
import { Refusal } from '#eventing/refusal.js';
import { parseJsonBody } from './json-body.js';

const parse = (text: string): unknown => parseJsonBody(Buffer.from(text));
const faultOf = (body: string | Uint8Array): [string | undefined, unknown] => {
  try {
    parseJsonBody(typeof body === 'string' ? Buffer.from(body) : body);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'invalid-json')
      return [error.problems[0]?.code, error.details['at']];
    throw error;
  }
  throw new Error('parsed');
};

describe('a JSON body', () => {
  it('is what JSON.parse makes of it', () => {
    const texts = [
      ...[
        '{}',
        '[]',
        ' [ ] ',
        '""',
        '0',
        '-0.5e+10',
        'true',
        'null',
        '[1,[2,[]],{}]',
        '{"a":{"b":[{"c":null}]},"d":"\\u00e9\\n"}',
      ],
      ...[
        '{"":{"":1}}',
        '{"constructor":1}',
        '{"prototype":{"constructor":{}}}',
        '\n{"é":"😀"}\t',
        '[{"a":1},{"a":1}]',
      ],
    ];
    for (const text of texts) expect(parse(text)).toEqual(JSON.parse(text));
    expect(parse('')).toBeUndefined();
  });

  it('is refused at the place of a fault whenever JSON.parse refuses it', () => {
    const faults: [string, number][] = [
      ['{', 1],
      ['[1,]', 3],
      ['{"a":1,}', 7],
      ['{"a" 1}', 5],
      ['{a:1}', 1],
      ['[1 2]', 3],
      ['[}', 1],
      ['{"a":1]', 6],
      ['"a', 2],
      ['"\n"', 1],
      ['"\\x"', 1],
      ['"\\u12g4"', 1],
      ['01', 1],
      ['1.', 1],
      ['nul', 0],
      ['{} {}', 3],
      ['\ufeff{}', 0],
      [' ', 1],
      ["{'a':1}", 1],
      ['NaN', 0],
    ];
    for (const [text, at] of faults) {
      expect(() => JSON.parse(text) as unknown).toThrow();
      expect([text, ...faultOf(text)]).toEqual([text, 'syntax', at]);
    }
  });

  it('repeats no key of an object, however it is written', () => {
    expect(faultOf('{"a":1,"b":{"a":2},"\\u0061":3}')).toEqual(['repeated-key', 19]);
  });

  it('has no key that reaches a prototype', () => {
    expect(faultOf('[{"__proto__":1}]')).toEqual(['forbidden-key', 2]);
    expect(faultOf('{"\\u005f_proto__":1}')).toEqual(['forbidden-key', 1]);
    expect(faultOf('{"constructor":{"prototype":1}}')).toEqual(['forbidden-key', 16]);
  });

  it('is strict UTF-8', () => {
    expect(faultOf(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))).toEqual(['encoding', undefined]);
    expect(faultOf(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22))).toEqual(['encoding', undefined]);
  });

  it('is Unicode: surrogates come in pairs', () => {
    expect(parse('["\\ud83d\\ude00", "\\\\ud83d", "\\uD7FF\\uE000"]')).toEqual(['😀', '\\ud83d', '\ud7ff\ue000']);
    expect(faultOf('["a\\ud83d"]')).toEqual(['syntax', 3]);
    expect(faultOf('{"\\ude00":1}')).toEqual(['syntax', 2]);
    expect(faultOf('["\\ude00\\ud83d"]')).toEqual(['syntax', 2]);
    expect(faultOf('["\\uD83D\\u0041"]')).toEqual(['syntax', 2]);
  });

  it('has no number that a double can not hold', () => {
    expect(parse('[1e308, -1e308, 1e-400]')).toEqual([1e308, -1e308, 0]);
    expect(faultOf('{"a":1e400}')).toEqual(['range', 5]);
    expect(faultOf(`[0, -${'9'.repeat(400)}]`)).toEqual(['range', 4]);
  });

  it('is at most 32 levels deep, and deeper ones cost nothing', () => {
    expect(parse('['.repeat(32) + ']'.repeat(32))).toBeDefined();
    expect(faultOf('['.repeat(33) + ']'.repeat(33))).toEqual(['depth', 32]);
    expect(faultOf('{"a":'.repeat(1e5))).toEqual(['depth', 160]);
    expect(faultOf('['.repeat(1e5))).toEqual(['depth', 32]);
  });

  it('stays cheap with a million keys', () => {
    const text = `{${Array.from({ length: 1e6 }, (_, index) => `"key${index}":0`).join()}}`;
    const start = process.cpuUsage();
    expect(Object.keys(parse(text) as object)).toHaveLength(1e6);
    const { user } = process.cpuUsage(start);
    expect(user / 1e6).toBeLessThan(10);
  });

  it('agrees with JSON.parse on thousands of broken texts', () => {
    const sample = '{"a":[1,-2.5e3,"x\\n\\u00e9",{"b":null,"c":[true,false,[]]}],"d":{}}';
    const marks = '{}[]":,\\1e-.tn a';
    for (let seed = 1, step = 0; step < 20_000; step += 1) {
      seed = (seed * 48271) % 2147483647;
      const at = seed % sample.length;
      const text = sample.slice(0, at) + (marks[seed % marks.length] ?? '') + sample.slice(at + (seed % 3));
      let expected = true;
      try {
        JSON.parse(text);
      } catch {
        expected = false;
      }
      let found = true;
      try {
        parse(text);
      } catch (error) {
        // A repeated key is the one thing in these texts that JSON.parse accepts.
        found = error instanceof Refusal && error.problems[0]?.code === 'repeated-key' && expected;
      }
      expect([text, found]).toEqual([text, expected]);
    }
  });
});
