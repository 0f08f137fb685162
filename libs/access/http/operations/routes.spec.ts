import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fact } from '../../events.js';
import { opened } from '../../queries/reading.spec-kit.js';
import { idOf, secretOf, servedLog, type ServedLog } from '#delivery/stream/served.spec-kit.js';

const [operatorKey, accountKey] = [secretOf('o'), secretOf('a')];
let served: ServedLog;

type Answer = Record<string, unknown> & { items: Record<string, unknown>[] };
const ask = async (path: string, method = 'GET', bearer = operatorKey): Promise<Answer & { status: number }> => {
  const response = await served.ask(`/v1/operations/${path}`, { bearer, method });
  return { ...((await response.json()) as Answer), status: response.status };
};
const viewOf = async (name: string) => (await ask('views')).items.find((view) => view['name'] === name);

beforeAll(async () => {
  served = await servedLog();
  await served.issue(operatorKey, { kind: 'platform' }, '*@platform');
  await served.issue(accountKey, { kind: 'account', accountId: idOf('acc', 'a') }, 'access:follow@account');
  await served.given.record([fact('PlatformStarted', { logId: 'log_1' }), opened(idOf('acc', 'a'), 'Acme')]);
});
afterAll(() => served.close());

describe('operating a running server', () => {
  it('tells how it is', async () => {
    const head = (await served.reading.views.log.head()).toString().padStart(20, '0');
    expect(await ask('status')).toEqual({
      status: 200,
      logId: 'log_1',
      head,
      views: { total: 13, live: 13, mostBehind: 0, parked: 0 },
      reactors: [],
      jobs: [{ queue: 'mail', waiting: 0, failed: 0 }],
      timer: null,
    });
    expect(await viewOf('members')).toMatchObject({
      generation: 1,
      position: head,
      behind: 0,
      state: 'live',
      error: null,
      rebuild: null,
    });
    expect(await ask('parked')).toEqual({ status: 200, items: [] });
  });

  it('rebuilds in the background', async () => {
    expect(await ask('views/members/rebuild', 'POST')).toMatchObject({ status: 200, error: null });
    let view = await viewOf('members');
    while ((view?.['rebuild'] as { state: string }).state === 'running') view = await viewOf('members');
    expect(view).toMatchObject({ generation: 2, rebuild: { state: 'done', error: null } });
  });

  it('proves that a view is what the log leads to', async () => {
    const verified = await ask('views/accounts/verify', 'POST');
    expect(verified).toMatchObject({ status: 200, equal: true, live: expect.stringMatching(/^[\da-f]{64}$/) });
    expect(verified['rebuilt']).toBe(verified['live']);
    expect(await ask('views/accounts/digest')).toMatchObject({
      digest: verified['live'],
      position: verified['position'],
    });
    expect((await ask('views/accounts/digest?asOf=1'))['digest']).not.toBe(verified['live']);
  });

  it('is for operators, on views that there are', async () => {
    expect(await ask('status', 'GET', accountKey)).toMatchObject({ status: 403, needs: 'platform:operate@platform' });
    expect(await ask('views/members/rebuild', 'POST', accountKey)).toMatchObject({ status: 403 });
    expect(await ask('views/none/rebuild', 'POST')).toMatchObject({ status: 404, code: 'view-not-found' });
    expect(await ask('views/none/digest')).toMatchObject({ status: 404, code: 'view-not-found' });
  });
});
