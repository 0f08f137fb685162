import { describe, expect, it } from '@jest/globals';
import { fold } from '#eventing/aggregate.js';
import type { Application } from '../application/application.js';
import { applicationAggregate } from '../application/application.js';
import { type AccessFact, fact } from '../events.js';
import { application, by, given, operator, owner, recorded, refusalOf, system } from '../given.spec-kit.js';
import { chooseDefaultApplication, ChooseDefaultApplication } from './choose-default-application.js';
import { type Platform, platformAggregate } from './platform.js';
import { renewLog, RenewLog } from './renew-log.js';
import { startPlatform, StartPlatform } from './start-platform.js';

const platform = (...facts: AccessFact[]) => given(platformAggregate, '', ...facts);
const start = (caller = system, logId = 'log_1') => new StartPlatform({ logId }, by(caller));

describe('starting the platform', () => {
  it('names the log, once', () => {
    const facts = startPlatform(start(), platform());
    expect(facts).toEqual([{ type: 'PlatformStarted', data: { logId: 'log_1' } }]);
    expect(startPlatform(start(system, 'log_2'), platform(...facts))).toEqual([]);
    expect(platform(...facts)).toEqual({
      revision: 0n,
      logId: 'log_1',
      isUnfinishedCopy: false,
      defaultApplicationId: null,
    });
  });

  it('is the system’s alone', () => {
    expect(refusalOf(() => startPlatform(start(operator), platform())).code).toBe('not-allowed');
  });
});

describe('renewing the log', () => {
  const renew = (state = platform(), caller = system, logId = 'log_2') =>
    renewLog(new RenewLog({ logId }, by(caller)), state);
  const copiedAt = { recordedAt: '2026-01-05T09:00:00.000Z' };
  const copied = (...facts: AccessFact[]) =>
    fold(
      platformAggregate,
      '',
      recorded(facts).map((event) => ({ ...event, metadata: copiedAt })),
    );

  it('names a copied log anew, once', () => {
    const started = fact('PlatformStarted', { logId: 'log_1' });
    const copy = copied(started, fact('DefaultApplicationChosen', { applicationId: 'app_a' }));
    expect(copy).toMatchObject({ logId: 'log_1', isUnfinishedCopy: true });
    const facts = renew(copy);
    expect(facts).toEqual([{ type: 'LogRenewed', data: { logId: 'log_2', from: 'log_1' } }]);
    const renewed = recorded(facts, 2).reduce<Platform>((state, event) => platformAggregate.evolve(state, event), copy);
    expect(renewed).toMatchObject({ logId: 'log_2', isUnfinishedCopy: false, defaultApplicationId: 'app_a' });
    expect(renew(renewed, system, 'log_3')).toEqual([]);
  });

  it('names a copy of a copy anew', () => {
    const twice = copied(
      fact('PlatformStarted', { logId: 'log_1' }),
      fact('LogRenewed', { logId: 'log_2', from: 'log_1' }),
    );
    expect(renew(twice, system, 'log_3')).toEqual([{ type: 'LogRenewed', data: { logId: 'log_3', from: 'log_2' } }]);
  });

  it('leaves a log alone that is no copy', () => {
    expect(renew(platform(fact('PlatformStarted', { logId: 'log_1' })))).toEqual([]);
    expect(renew(platform())).toEqual([]);
  });

  it('is the system’s alone', () => {
    expect(refusalOf(() => renew(platform(), operator)).code).toBe('not-allowed');
  });
});

describe('choosing the default application', () => {
  const choose = (chosen: Application, caller = operator, state = platform()) =>
    chooseDefaultApplication(new ChooseDefaultApplication({ applicationId: chosen.id }, by(caller)), state, chosen);

  it('is a fact, unless it is the same', () => {
    const facts = choose(application('app_a'));
    expect(facts).toEqual([{ type: 'DefaultApplicationChosen', data: { applicationId: 'app_a' } }]);
    expect(choose(application('app_a'), operator, platform(...facts))).toEqual([]);
    expect(choose(application('app_b', { status: 'inactive' }), operator, platform(...facts))).toHaveLength(1);
  });

  it('needs one that is there and not retired', () => {
    expect(refusalOf(() => choose(given(applicationAggregate, 'app_x')))).toEqual({ code: 'application-not-found' });
    expect(refusalOf(() => choose(application('app_a', { status: 'retired' })))).toEqual({
      code: 'application-retired',
    });
  });

  it('is for operators', () => {
    expect(refusalOf(() => choose(application('app_a'), owner))).toEqual({
      code: 'not-allowed',
      details: { needs: 'applications:manage@platform' },
    });
  });
});
