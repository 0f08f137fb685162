import { accountAggregate } from '#access/account/account.js';
import { eventTypes } from '#access/events.js';
import { CommandLoop } from '#eventing/command-loop.js';
import { backAndForth } from './filler.js';
import { openInProcess } from './in-process.js';
import { inTurns, report } from './measure.js';
import { buildWorld } from './world.js';

/** The state of an account with a long history: folded from its first fact on, and at hand. */
const facts = 100_000;
const factsOfAppend = 500;

const product = await openInProcess();
try {
  const { accounts } = await buildWorld(product, 1, 1);
  const accountId = accounts[0]!.id;
  const { log } = product.engines;
  const history = backAndForth(accountId, facts);
  let revision = await product.access.loop.read(accountAggregate, accountId, (_, last) => last);
  for (let from = 0; from < facts; from += factsOfAppend)
    ({ revision } = await log.append(`account-${accountId}`, revision, history.slice(from, from + factsOfAppend)));

  const sealer = {
    seal: <Event>(_: string, event: Event) => event,
    open: <Event>(event: Event) => Promise.resolve(event),
  };
  let loop = new CommandLoop({ store: log, types: eventTypes, sealer });
  const read = async (): Promise<number> => {
    const started = performance.now();
    await loop.read(accountAggregate, accountId, ({ members }) => members.size);
    return performance.now() - started;
  };
  const millis = await inTurns({
    cold: () => {
      loop = new CommandLoop({ store: log, types: eventTypes, sealer });
      return read();
    },
    hot: read,
  });
  report(`\`folding\`: an account of ${facts} facts, cold`, `${millis.cold.toFixed(0)} ms`, millis.cold / 1_000, {
    atMost: 0.3,
  });
  report(`\`folding\`: the same account, hot`, `${(millis.hot * 1_000).toFixed(0)} µs`, millis.hot, { atMost: 1 });
} finally {
  await product.close();
}
