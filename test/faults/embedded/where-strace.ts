import { describe } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { isRequired } from '../../servers/given-server.js';

const isHere = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0;

/** `describe` where calls of a process to the kernel can be watched and made to fail, or must be. */
export const whereStrace = isHere || isRequired('embedded') ? describe : describe.skip;
