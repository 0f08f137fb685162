import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import type { ViewState } from './answers.js';
import { runCli } from './program.js';

/** Keeps what is written, and tells when something was. */
class Kept extends Writable {
  text = '';
  #told = Promise.withResolvers<undefined>();
  constructor(readonly isTTY = false) {
    super({ decodeStrings: false });
  }
  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    this.#told.resolve(undefined);
    this.#told = Promise.withResolvers();
    done();
  }
  async until(part: string): Promise<void> {
    while (!this.text.includes(part)) await this.#told.promise;
  }
  get lines(): string[] {
    return this.text.split('\n').filter((line) => line !== '');
  }
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const answers =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));

const view = (parts: Partial<ViewState> = {}): ViewState => ({
  name: 'members',
  version: 1,
  generation: 3,
  position: '00000000000000000120',
  behind: 0,
  state: 'live',
  parked: 0,
  error: null,
  rebuild: null,
  ...parts,
});

const running = (position: number) => ({
  position: String(position).padStart(20, '0'),
  head: '00000000000000000120',
  state: 'running' as const,
  error: null,
});

describe('the command line', () => {
  let server: Server;
  let url: string;
  /** What the server answers next for a method and path; the last one stays. */
  let recorded: Map<string, Answer[]>;
  let asked: IncomingMessage[];
  let stop: AbortController;

  beforeEach(async () => {
    recorded = new Map();
    asked = [];
    stop = new AbortController();
    server = createServer((request, response) => {
      asked.push(request);
      const key = `${request.method ?? ''} ${request.url?.split('?')[0] ?? ''}`;
      const next = recorded.get(key) ?? [];
      const answer = next.length > 1 ? next.shift() : next[0];
      (answer ?? answers(404, { code: 'not-found', title: 'Not found', detail: key }))(response, request);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const start = (args: readonly string[], { isTTY = false, env = {} } = {}) => {
    const [stdout, stderr] = [new Kept(isTTY), new Kept()];
    const surroundings = { env: { GRANTRAIL_URL: url, GRANTRAIL_KEY: 'grk_test', ...env }, stdout, stderr };
    const exit = runCli(args, { ...surroundings, signal: stop.signal, pollMs: 1 });
    return { stdout, stderr, exit };
  };
  const run = async (args: readonly string[], options?: Parameters<typeof start>[1]) => {
    const { stdout, stderr, exit } = start(args, options);
    return { code: await exit, out: stdout.lines, err: stderr.lines, text: stdout.text };
  };

  it('lists the views under each other', async () => {
    const items = [
      view(),
      view({
        name: 'user-applications',
        generation: 12,
        behind: 40,
        state: 'retrying',
        parked: 2,
        error: 'RangeError',
      }),
    ];
    recorded.set('GET /v1/operations/views', [answers(200, { items })]);
    const { code, out } = await run(['views']);
    expect(code).toBe(0);
    expect(out).toEqual([
      'VIEW               VERSION  GENERATION  POSITION              BEHIND  STATE     PARKED  ERROR',
      'members                  1           3  00000000000000000120       0  live           0  -',
      'user-applications        1          12  00000000000000000120      40  retrying       2  RangeError',
    ]);
    expect(asked[0]?.headers.authorization).toBe('Bearer grk_test');
    expect(JSON.parse((await run(['--json', 'views'])).text)).toEqual({ items });
    expect(JSON.parse((await run(['views', '--json'])).text)).toEqual({ items });
  });

  it('shows nothing that could move the cursor', async () => {
    recorded.set('GET /v1/operations/views', [answers(200, { items: [view({ error: '\u001b[2Jgone\nnext' })] })]);
    expect((await run(['views'])).text).not.toContain('\u001b');
  });

  it('shows the status as a whole', async () => {
    const position = '00000000000000000120';
    const reactor = { name: 'finish-cascades', position, behind: 0, state: 'live', parked: 0, error: null };
    recorded.set('GET /v1/operations/status', [
      answers(200, {
        logId: 'log_1',
        head: position,
        views: { total: 13, live: 12, mostBehind: 40, parked: 2 },
        reactors: [reactor],
        jobs: [{ queue: 'mail', waiting: 2, failed: 0 }],
        timer: { state: 'retrying', error: 'StoreUnavailable', failing: 3 },
      }),
    ]);
    expect((await run(['status'])).out).toEqual([
      `server  ${url}`,
      'log     log_1',
      'head    00000000000000000120',
      'views   12 of 13 live, at most 40 positions behind, 2 events parked',
      'timer   retrying, 3 failing (StoreUnavailable)',
      'REACTOR          POSITION              BEHIND  STATE  PARKED  ERROR',
      'finish-cascades  00000000000000000120       0  live        0  -',
      'QUEUE  WAITING  FAILED',
      'mail         2       0',
    ]);
  });

  describe('rebuild', () => {
    beforeEach(() => {
      recorded.set('POST /v1/operations/views/members/rebuild', [answers(202, { name: 'members' })]);
      recorded.set('GET /v1/operations/views', [
        answers(200, { items: [view()] }),
        answers(200, { items: [view({ rebuild: running(30) })] }),
        answers(200, { items: [view({ rebuild: running(31) })] }),
        answers(200, { items: [view({ rebuild: running(90) })] }),
        answers(200, { items: [view({ generation: 4, rebuild: { ...running(120), state: 'done' as const } })] }),
      ]);
    });

    it('writes lines into a pipe and ends when the new generation is live', async () => {
      const { code, out } = await run(['rebuild', 'members']);
      expect(code).toBe(0);
      expect(out).toEqual([
        'members 25%  30 of 120',
        'members 75%  90 of 120',
        'members 100%  120 of 120',
        'members is rebuilt: generation 4 has taken the place of 3, at position 00000000000000000120.',
      ]);
    });

    it('fills a bar in a terminal', async () => {
      const { code, text } = await run(['rebuild', 'members'], { isTTY: true });
      expect(code).toBe(0);
      expect(text).toContain('░');
      expect(text).toContain('members is rebuilt');
    });

    it('exits with 1 and the reason when it failed', async () => {
      const failed = { ...running(60), state: 'failed' as const, error: 'UnknownEventType' };
      recorded.set('GET /v1/operations/views', [
        answers(200, { items: [view()] }),
        answers(200, { items: [view({ rebuild: failed })] }),
      ]);
      const { code, err } = await run(['rebuild', 'members']);
      expect(code).toBe(1);
      expect(err).toEqual(['members was not rebuilt: UnknownEventType. The live one is as it was.']);
    });

    it('follows the one that is running already', async () => {
      recorded.set('POST /v1/operations/views/members/rebuild', [
        answers(409, { code: 'rebuild-running', title: 'Running', detail: '' }),
      ]);
      const { code, err } = await run(['rebuild', 'members']);
      expect(code).toBe(0);
      expect(err).toEqual(['members is being rebuilt already; showing how far that is.']);
    });

    it('does not take a copy that is built only to verify for a rebuild', async () => {
      recorded.set('POST /v1/operations/views/members/rebuild', [
        answers(409, { code: 'rebuild-running', title: 'A copy is being built', detail: 'Try again later.' }),
      ]);
      recorded.set('GET /v1/operations/views', [
        answers(200, { items: [view({ rebuild: { ...running(120), state: 'done' } })] }),
      ]);
      const { code, err, out } = await run(['rebuild', 'members']);
      expect([code, out]).toEqual([1, []]);
      expect(err).toEqual(['A copy is being built: Try again later. (rebuild-running)']);
    });

    it('tells that the server was started anew', async () => {
      recorded.set('GET /v1/operations/views', [answers(200, { items: [view()] })]);
      const { code, err } = await run(['rebuild', 'members']);
      expect(code).toBe(1);
      expect(err).toEqual(['The server was started anew, which ended the rebuild of members.']);
    });

    it('goes on in the server after Ctrl-C', async () => {
      recorded.set('GET /v1/operations/views', [answers(200, { items: [view({ rebuild: running(30) })] })]);
      const { stdout, stderr, exit } = start(['rebuild', 'members']);
      await stdout.until('25%');
      stop.abort();
      expect(await exit).toBe(130);
      expect(stderr.lines).toEqual(['The rebuild goes on in the server.']);
    });

    it('names the views that there are', async () => {
      const { code, err } = await run(['rebuild', 'nothing']);
      expect(code).toBe(2);
      expect(err).toEqual(['There is no view nothing. There are: members.']);
    });
  });

  it('verifies, and exits with 1 when the view differs', async () => {
    const position = '00000000000000000120';
    recorded.set('POST /v1/operations/views/members/verify', [
      answers(200, { equal: true, live: 'aa', rebuilt: 'aa', position }),
      answers(200, { equal: false, live: 'aa', rebuilt: 'bb', position }),
    ]);
    const equal = await run(['verify', 'members']);
    expect(equal.code).toBe(0);
    expect(equal.out.at(-1)).toBe(`members is what the log says, up to position ${position}.`);
    const differs = await run(['verify', 'members']);
    expect(differs.code).toBe(1);
    expect(differs.out).toEqual(['live     aa', 'rebuilt  bb']);
    expect(differs.err.at(-1)).toMatch(/^members differs from the log/);
  });

  it('lists what is parked', async () => {
    const by = { kind: 'view', name: 'members' };
    const item = { by, stream: 'account-1', position: '7', eventId: 'evt_1', type: 'Odd', error: 'E' };
    recorded.set('GET /v1/operations/parked', [answers(200, { items: [] }), answers(200, { items: [item] })]);
    expect((await run(['parked'])).out).toEqual(['Nothing is parked.']);
    expect((await run(['parked'])).out[1]).toBe('view members  7         Odd   account-1  evt_1  E');
  });

  describe('events tail', () => {
    const event = (position: number, ticket: string | null = null) => ({
      position: String(position).padStart(20, '0'),
      stream: 'account-acc_1',
      type: 'RoleChanged',
      recordedAt: '2027-03-14T09:15:00.123Z',
      actor: { kind: 'user', id: 'usr_1' },
      reason: null,
      ticket,
    });
    const feed = (nextAfter: string, items: readonly object[], more = false) =>
      answers(200, { items, nextAfter, more });
    const queries = () => asked.map(({ url: path = '' }) => Object.fromEntries(new URL(path, url).searchParams));
    const silent: Answer = () => undefined;

    it('begins at the end of the log, prints a line an event and ends cleanly', async () => {
      recorded.set('GET /v1/events', [
        feed('a1', [], true),
        feed('a2', []),
        feed('a3', [event(8, 'HR-7'), event(9)]),
        silent,
      ]);
      const { stdout, stderr, exit } = start(['events', 'tail', '--account', 'acc_1']);
      await stdout.until('000009');
      stop.abort();
      expect(await exit).toBe(0);
      expect(stdout.lines).toEqual([
        '00000000000000000008  2027-03-14T09:15:00.123Z  RoleChanged           account-acc_1  user usr_1  HR-7',
        '00000000000000000009  2027-03-14T09:15:00.123Z  RoleChanged           account-acc_1  user usr_1  -',
      ]);
      expect(stderr.text).toBe('');
      expect(
        queries()
          .map(({ after, wait, type, accountId }) => [after, wait, type, accountId])
          .slice(0, 3),
      ).toEqual([
        [undefined, undefined, 'PlatformStarted', 'acc_1'],
        ['a1', undefined, 'PlatformStarted', 'acc_1'],
        ['a2', '30', undefined, 'acc_1'],
      ]);
    });

    it('goes on where it was after the server was away', async () => {
      recorded.set('GET /v1/events', [
        feed('a1', [event(1)]),
        answers(503, { code: 'unavailable', title: 'Not available', detail: 'Try again.' }, { 'Retry-After': '0' }),
        (response) => response.destroy(),
        feed('a2', [event(2)]),
        silent,
      ]);
      const { stdout, exit } = start(['events', 'tail', '--from-start', '--type', 'RoleChanged', '--json']);
      await stdout.until('000002');
      stop.abort();
      expect(await exit).toBe(0);
      expect(stdout.lines.map((line) => JSON.parse(line) as object)).toEqual([event(1), event(2)]);
      expect(queries()[3]).toEqual({ limit: '1000', wait: '30', type: 'RoleChanged', after: 'a1' });
    });

    it('ends with the reason when the log is another one', async () => {
      recorded.set('GET /v1/events', [
        answers(409, { code: 'position-of-another-log', title: 'Position of another log', detail: 'Read anew.' }),
      ]);
      const { code, err } = await run(['events', 'tail', '--from-start']);
      expect(code).toBe(1);
      expect(err).toEqual(['Position of another log: Read anew. (position-of-another-log)']);
    });
  });

  describe('what can go wrong', () => {
    it.each([
      [
        401,
        { code: 'credentials-invalid', detail: 'Sign in again.' },
        4,
        'The key is not accepted (credentials-invalid): Sign in again.',
      ],
      [
        403,
        { code: 'not-allowed', detail: 'Ask someone.', needs: 'platform:operate' },
        4,
        'Not allowed: this needs platform:operate, which the key does not have.',
      ],
      [
        503,
        { code: 'busy', title: 'Too many changes at once', detail: 'Try again.' },
        1,
        'Too many changes at once: Try again. (busy)',
      ],
    ])('%i is one line', async (status, problem, exitCode, line) => {
      recorded.set('GET /v1/operations/views', [answers(status, problem)]);
      const { code, err, out } = await run(['views']);
      expect({ code, err, out }).toEqual({ code: exitCode, err: [line], out: [] });
    });

    it('says where the first key is when there is none', async () => {
      recorded.set('GET /v1/operations/views', [answers(401, { code: 'credentials-missing', detail: '' })]);
      const { code, err } = await run(['views'], { env: { GRANTRAIL_KEY: '' } });
      expect(code).toBe(4);
      expect(err).toEqual([expect.stringMatching(/^No key\. Give one with --key or GRANTRAIL_KEY/)]);
      expect(asked[0]?.headers.authorization).toBeUndefined();
    });

    it('takes the operator key when there is no other', async () => {
      recorded.set('GET /v1/operations/views', [answers(200, { items: [] })]);
      await run(['views'], { env: { GRANTRAIL_KEY: '', GRANTRAIL_OPERATOR_KEY: 'grk_operator' } });
      await run(['views', '--key', 'grk_given']);
      expect(asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer grk_operator', 'Bearer grk_given']);
    });

    it('says so when no server answers, or another one', async () => {
      const other = await run(['views'], { env: { GRANTRAIL_URL: `${url}/elsewhere` } });
      expect(other.code).toBe(1);
      recorded.set('GET /v1/operations/views', [(response) => void response.writeHead(502).end('<html>')]);
      const proxy = await run(['views']);
      expect([proxy.code, proxy.err]).toEqual([
        3,
        [`${url} answered 502 without saying why; is it a Grantrail server?`],
      ]);
      const gone = createServer();
      await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
      const { port } = gone.address() as AddressInfo;
      await new Promise((resolve) => gone.close(resolve));
      const { code, err } = await run(['views', '--server', `http://127.0.0.1:${port}`]);
      expect(code).toBe(3);
      expect(err).toEqual([
        `No server answers at http://127.0.0.1:${port} (ECONNREFUSED). Start it, or say where it is with --server or GRANTRAIL_URL.`,
      ]);
    });

    it.each([
      [['nonsense'], "error: unknown command 'nonsense'"],
      [['views', '--nonsense'], "error: unknown option '--nonsense'"],
      [['rebuild'], "error: missing required argument 'view'"],
      [['views', '--server', 'nowhere'], 'nowhere is no web address; write http://host:port.'],
    ])('%j is a mistake in the command line', async (args, line) => {
      const { code, err } = await run(args);
      expect([code, err[0]]).toEqual([2, line]);
    });

    it('explains itself, exit codes and all', async () => {
      const { code, text } = await run(['--help']);
      expect(code).toBe(0);
      for (const part of ['GRANTRAIL_URL', 'Exit codes:', 'rebuild <view>', 'events']) expect(text).toContain(part);
    });
  });
});
