import { randomFillSync } from 'node:crypto';

// Asking the system for many at once costs a fraction of asking for each.
const pool = Buffer.alloc(4_096);
let givenOut = pool.length;

/** So many (few) random bytes of the system's, each given out once; to be used at once, as the memory is filled again later. */
export const randomFew = (count: number): Uint8Array => {
  if (givenOut + count > pool.length) {
    randomFillSync(pool);
    givenOut = 0;
  }
  givenOut += count;
  return pool.subarray(givenOut - count, givenOut);
};
