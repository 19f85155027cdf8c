/** Chance from a seed: the same text gives the same numbers, so that a simulated cluster can be made again. */
import { createHash } from 'node:crypto';

/** A source of reproducible values. */
export interface SeededRandom {
  /** A whole number from 0 to `limit` - 1. */
  integer(limit: number): number;
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
}

/** Makes a source whose values depend on `seed` alone (SHA-256 in counter mode, so hex is as random as real digests). */
export function createSeededRandom(seed: string): SeededRandom {
  let counter = 0;
  let pool = '';
  const hex = (digits: number): string => {
    while (pool.length < digits) {
      pool += createHash('sha256').update(`${seed}/${counter++}`).digest('hex');
    }
    const taken = pool.slice(0, digits);
    pool = pool.slice(digits);
    return taken;
  };
  return {
    hex,
    integer: (limit) => Number.parseInt(hex(12), 16) % limit,
  };
}
