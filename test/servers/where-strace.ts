import { describe } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { isRequired } from './given-server.js';

const isHere = spawnSync('strace', ['--version']).error === undefined;

/** `describe` where system calls can be made to kill a process, or must be. */
export const whereStrace = isHere || isRequired('embedded') ? describe : describe.skip;
