import { describe, expect, it } from '@jest/globals';
import type { Application } from '../application/application.js';
import { applicationAggregate } from '../application/application.js';
import type { AccessFact } from '../events.js';
import { application, by, given, operator, owner, refusalOf, system } from '../given.spec-kit.js';
import { chooseDefaultApplication, ChooseDefaultApplication } from './choose-default-application.js';
import { platformAggregate } from './platform.js';
import { startPlatform, StartPlatform } from './start-platform.js';

const platform = (...facts: AccessFact[]) => given(platformAggregate, '', ...facts);
const start = (caller = system, logId = 'log_1') => new StartPlatform({ logId }, by(caller));

describe('starting the platform', () => {
  it('names the log, once', () => {
    const facts = startPlatform(start(), platform());
    expect(facts).toEqual([{ type: 'PlatformStarted', data: { logId: 'log_1' } }]);
    expect(startPlatform(start(system, 'log_2'), platform(...facts))).toEqual([]);
    expect(platform(...facts)).toEqual({ revision: 0n, logId: 'log_1', defaultApplicationId: null });
  });

  it('is the system’s alone', () => {
    expect(refusalOf(() => startPlatform(start(operator), platform())).code).toBe('not-allowed');
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
