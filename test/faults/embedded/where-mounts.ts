import { describe } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { isRequired } from '../../servers/given-server.js';

const isHere =
  process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

/** `describe` where this process may mount file systems, or must be. */
export const whereMounts = isHere || isRequired('embedded') ? describe : describe.skip;
