import { answerCheck, Check } from '#access/queries/check.js';
import type { Caller } from '#access/caller.js';
import { bitmaskCheck } from './edge/bitmask.js';
import { caslCheck } from './edge/casl.js';
import { type AskedQuestion, checkWorld } from './edge/check-world.js';
import { inTurns, report } from './measure.js';

/**
 * What a check costs in process, with its whole answer: who may ask, the state of account, member, application and access, and
 * why. Beside the least that can be done (a Map to bitmasks, yes or no), and beside CASL with prepared abilities.
 */
const asker: Caller = {
  kind: 'service',
  id: 'key_service',
  scope: { kind: 'platform' },
  permissions: ['access:check@platform'],
  expiresAt: null,
};
const caslFolder = process.env['GRANTRAIL_BENCH_CASL'];

const world = await checkWorld();
const { questions, reading } = world;
const context = { caller: asker, now: new Date().toISOString() };
const grantrail = async (question: AskedQuestion): Promise<boolean> =>
  (await answerCheck(new Check({ checks: [question] }, context), reading)).allowed;
const bitmask = bitmaskCheck(world);
const casl = caslFolder === undefined ? undefined : caslCheck(caslFolder, world);

/** Processor time of this process for a question, in µs. */
const cost = (turns: number, ask: (question: AskedQuestion) => boolean | Promise<boolean>) => async () => {
  const before = process.cpuUsage();
  let allowed = 0;
  for (let turn = 0; turn < turns; turn += 1)
    for (const question of questions) {
      const answer = ask(question);
      if (typeof answer === 'boolean' ? answer : await answer) allowed += 1;
    }
  if (allowed === 0) throw new Error('nothing was allowed');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (turns * questions.length);
};

try {
  for (const question of questions) {
    const expected = bitmask(question);
    if ((await grantrail(question)) !== expected || (casl?.(question) ?? expected) !== expected)
      throw new Error(`not all agree on ${JSON.stringify(question)}`);
  }
  const costs = await inTurns({
    grantrail: cost(15, grantrail),
    bitmask: cost(60, bitmask),
    casl: casl === undefined ? () => Number.NaN : cost(10, casl),
  });
  const micros = (cost: number): string => `${cost.toFixed(2)} µs of CPU`;
  const { grantrail: ours, bitmask: bare, casl: theirs } = costs;
  report('`check`: in process, beside a Map to bitmasks', `${micros(ours)} beside ${micros(bare)}`, bare / ours, {
    atLeast: 0.25,
  });
  if (casl === undefined)
    process.stdout.write(
      'beside CASL: not run; npm install --prefix /tmp/casl @casl/ability, then GRANTRAIL_BENCH_CASL=/tmp/casl\n',
    );
  else
    report(
      '`check`: with `because`, beside CASL with prepared abilities',
      `${micros(ours)} beside ${micros(theirs)}`,
      theirs / ours,
      {
        atLeast: 0.25,
      },
    );
} finally {
  await world.remove();
}
