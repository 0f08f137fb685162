import { killsUnderLoad } from './kills-under-load.js';

/** Several processes take long to come up, and to be at work. Of one process, test/faults/embedded has more kills. */
killsUnderLoad({ kills: 6, lifeMs: 4_000, readyWithinMs: 10_000 });
