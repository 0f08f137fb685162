import { killsUnderLoad } from '../../../system/kills-under-load.js';
import { amount } from '../../amount.js';

killsUnderLoad({ kills: amount({ whole: 300, part: 20 }), lifeMs: 700, readyWithinMs: 2_000 });
