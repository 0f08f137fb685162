import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GivenReading, givenReading, refusalOf } from '../../queries/reading.spec-kit.js';
import { Rebuilds } from './rebuilds.js';

let given: GivenReading;
beforeAll(async () => {
  given = await givenReading();
});
afterAll(() => given.close());

describe('rebuilds', () => {
  it('go on one at a time for each view, and are remembered', async () => {
    const rebuilds = new Rebuilds(given.views);
    expect(rebuilds.of('members')).toBeNull();
    const [begun, other] = [rebuilds.start('members'), rebuilds.start('accounts')];
    expect(await refusalOf(rebuilds.start('members'))).toEqual({ code: 'rebuild-running' });
    expect(await begun).toMatchObject({ error: null });
    expect(await other).toMatchObject({ error: null });
    const states = () => ['members', 'accounts'].map((view) => rebuilds.of(view)?.state);
    while (states().includes('running')) await given.views.waitFor('members', 10_000n, { timeoutMs: 5 });
    expect(states()).toEqual(['done', 'done']);
    expect(rebuilds.of('members')?.position).toBe(rebuilds.of('members')?.head);
  });

  it('refused by one that runs already say nothing of themselves', async () => {
    const rebuilds = new Rebuilds(given.views);
    const verifying = given.views.verify('members');
    expect(await refusalOf(rebuilds.start('members'))).toEqual({ code: 'rebuild-running' });
    expect(rebuilds.of('members')).toBeNull();
    await verifying;
  });
});
