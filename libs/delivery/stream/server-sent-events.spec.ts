import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { eventStream, type ServerSentEvent } from './server-sent-events.js';

const endless = async function* (asked: { count: number }): AsyncGenerator<ServerSentEvent> {
  for (;;) {
    asked.count += 1;
    yield await Promise.resolve({ event: 'granted', id: String(asked.count), data: { count: asked.count } });
  }
};

const textsOf = async (stream: AsyncIterable<string>): Promise<string[]> => {
  const texts: string[] = [];
  for await (const text of stream) texts.push(text);
  return texts;
};

describe('an event stream', () => {
  it('writes events as clients read them', async () => {
    const source = async function* (): AsyncGenerator<ServerSentEvent> {
      yield await Promise.resolve({ event: 'granted', id: 'a', data: { text: 'one\ntwo' } });
      yield { event: 'end', data: { code: 'server-closing' } };
    };
    const text = (await textsOf(eventStream(source(), 1_000))).join('');
    expect(text).toBe(
      'retry: 2000\n\nid: a\nevent: granted\ndata: {"text":"one\\ntwo"}\n\nevent: end\ndata: {"code":"server-closing"}\n\n',
    );
  });

  it('asks for no more than is taken', async () => {
    const asked = { count: 0 };
    const stream = eventStream(endless(asked), 1_000);
    stream.read();
    await once(stream, 'readable');
    expect(asked.count).toBeLessThan(40);
    stream.destroy();
  });

  it('tells who takes nothing for too long, and lets them go', async () => {
    const stream = eventStream(endless({ count: 0 }), 500);
    stream.read();
    await once(stream, 'readable');
    const { promise: waited, resolve } = Promise.withResolvers<undefined>();
    setTimeout(() => resolve(undefined), 600);
    await waited;
    const texts = await textsOf(stream);
    expect(texts.at(-1)).toBe('event: end\ndata: {"code":"too-slow"}\n\n');
  });

  it('cuts off who takes nothing at all, and ends the source', async () => {
    let ended = false;
    const source = async function* (): AsyncGenerator<ServerSentEvent> {
      try {
        yield* endless({ count: 0 });
      } finally {
        await Promise.resolve();
        ended = true;
      }
    };
    const stream = eventStream(source(), 20);
    stream.read();
    await once(stream, 'close');
    expect(stream.destroyed).toBe(true);
    expect(ended).toBe(true);
  });
});
