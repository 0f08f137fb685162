import { describe, expect, it } from '@jest/globals';
import { beginning, ended, written } from './server-sent-events.js';

describe('a server-sent event', () => {
  it('is written as clients read it', () => {
    const events = [{ event: 'granted', id: 'a', data: { text: 'one\ntwo' } }, ended('server-closing')];
    expect([beginning, ...events.map(written)].join('')).toBe(
      'retry: 2000\n\nid: a\nevent: granted\ndata: {"text":"one\\ntwo"}\n\nevent: end\ndata: {"code":"server-closing"}\n\n',
    );
  });
});
