// Keeps one view of a data folder up with the log, until it is through or has died.
import type { Generation } from '#eventing/view-store.js';
import { checkpointBeforeRows } from './checkpoint-first.js';
import { Death } from './death.js';
import { dyingAtRows } from './dying-stores.js';
import { keptView, openFolder, viewNamed } from './opened-folder.js';

const [folder = '', name = '', dieAt = '0', batchSize = '1', control] = process.argv.slice(2);

const opened = await openFolder(folder);
const death = new Death(opened.file('deaths'), Number(dieAt));
const view = viewNamed(name);
const dying = dyingAtRows(opened.views, { view: name } as Generation, death);
const store = control === 'checkpoint-first' ? checkpointBeforeRows(dying) : dying;
const { kept, end } = keptView(opened, view, store, Number(batchSize));
await kept.start();
await kept.progress.waitFor(await opened.log.head());
await end();
await opened.close();
process.stdout.write(`${death.moments}\n`);
