import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accountAggregate } from '../account/account.js';
import { applicationAggregate } from '../application/application.js';
import { fact } from '../events.js';
import { atOneMoment } from './check-states.js';
import {
  activated,
  assigned,
  type GivenReading,
  givenReading,
  granted,
  joined,
  opened,
  refusalOf,
  registered,
} from './reading.spec-kit.js';

const [acme, billing] = ['acc_acme', 'app_billing'];
let given: GivenReading;

beforeAll(async () => {
  given = await givenReading();
  await given.record([
    opened(acme, 'Acme'),
    registered(billing, 'Billing'),
    activated(billing),
    assigned(acme, billing),
    ...joined(acme, 'usr_ann', 'Ann Lee'),
  ]);
});
afterAll(() => given.close());

/** What is seen where something happens between two looks. */
const seen = (meanwhile: () => Promise<unknown>): Promise<readonly [string, boolean]> =>
  atOneMoment(given.reading.access, async (states) => {
    const status = await states.look(applicationAggregate, billing, (application) => application.status);
    await meanwhile();
    const has = await states.look(
      accountAggregate,
      acme,
      ({ members }) => members.get('usr_ann')?.accesses.has(billing) === true,
    );
    return [status, has];
  });

describe('states at one moment', () => {
  it('are looked at again where one has moved on: never a mixture that there was not', async () => {
    let times = 0;
    const meanwhile = async (): Promise<void> => {
      times += 1;
      // Deactivated first, given afterwards: at no moment was it both active and given.
      if (times > 1) return;
      await given.record([
        fact('ApplicationDeactivated', { applicationId: billing }),
        granted(acme, 'usr_ann', billing),
      ]);
    };
    expect(await seen(meanwhile)).toEqual(['inactive', true]);
    expect(times).toBe(2);
  });

  it('are not confirmed where they never stand still', async () => {
    let times = 0;
    const restless = (): Promise<unknown> => {
      times += 1;
      const flip = times % 2 === 0 ? 'ApplicationDeactivated' : 'ApplicationActivated';
      return given.record([fact(flip, { applicationId: billing })]);
    };
    expect(await refusalOf(seen(restless))).toEqual({ code: 'cannot-confirm' });
  });
});
