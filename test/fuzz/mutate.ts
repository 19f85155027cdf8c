/** Damage to bytes: what a broken or hostile peer may do to an input that was right. */
import type { Random } from './random.ts';

/** Numbers at which code that counts goes wrong. */
const EDGES = [
  0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x20, 0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d, 0xef, 0xc0,
];

/** `times` small edits, each somewhere. @param words pieces of the format that random bytes would not hit */
export function mutate(
  input: Buffer,
  random: Random,
  words: readonly Buffer[],
  others: readonly Buffer[] = [],
): Buffer {
  let bytes: Buffer = Buffer.from(input);
  for (let times = 1 + random.skewed(3); times > 0; times--) bytes = edit(bytes, random, words, others);
  return bytes;
}

function edit(bytes: Buffer, random: Random, words: readonly Buffer[], others: readonly Buffer[]): Buffer {
  const at = random.below(bytes.length + 1);
  switch (random.below(12)) {
    case 0:
      return flipped(bytes, at, 1 << random.below(8));
    case 1:
      return bytes.length === 0 ? bytes : overwritten(bytes, at, Buffer.from([random.pick(EDGES)]));
    case 2:
      return flipped(bytes, at, 0x80);
    case 3:
      return spliced(bytes, at, random.skewed(64), Buffer.alloc(0));
    case 4:
      return spliced(bytes, at, 0, random.bytes(random.skewed(8)));
    case 5:
      // A piece again, behind itself or elsewhere.
      return spliced(bytes, at, 0, pieceOf(bytes, random, 64));
    case 6:
      return spliced(bytes, at, random.skewed(8), pieceOf(random.pick([bytes, ...others]), random, 256));
    case 7:
      return bytes.subarray(0, at);
    case 8:
      return nudged(bytes, at, random.below(9) - 4);
    case 9:
      return spliced(bytes, at, 0, Buffer.alloc(random.skewed(24), random.pick(EDGES)));
    default: {
      if (words.length === 0) return flipped(bytes, at, 0xff);
      const word = random.pick(words);
      return random.oneIn(2) ? spliced(bytes, at, 0, word) : wordReplaced(bytes, random, words, word);
    }
  }
}

/** One word of the format where another one stood. */
function wordReplaced(bytes: Buffer, random: Random, words: readonly Buffer[], by: Buffer): Buffer {
  const word = random.pick(words);
  const from = bytes.indexOf(word, random.below(bytes.length + 1));
  const found = from === -1 ? bytes.indexOf(word) : from;
  return found === -1
    ? spliced(bytes, random.below(bytes.length + 1), 0, by)
    : spliced(bytes, found, word.length, by);
}

function pieceOf(bytes: Buffer, random: Random, max: number): Buffer {
  const from = random.below(bytes.length + 1);
  return bytes.subarray(from, from + random.skewed(max));
}

export function spliced(bytes: Buffer, at: number, cut: number, put: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(Math.min(bytes.length, at + cut))]);
}

function overwritten(bytes: Buffer, at: number, put: Buffer): Buffer {
  put.copy(bytes, Math.min(at, bytes.length - 1));
  return bytes;
}

function flipped(bytes: Buffer, at: number, bits: number): Buffer {
  const before = bytes[at];
  if (before !== undefined) bytes[at] = before ^ bits;
  return bytes;
}

function nudged(bytes: Buffer, at: number, by: number): Buffer {
  const before = bytes[at];
  if (before !== undefined) bytes[at] = before + by;
  return bytes;
}

/** Cuts bytes into pieces of one to a few, or of many: which, chance says. */
export function chunked(bytes: Buffer, random: Random): Buffer[] {
  const sizes = [1, 2, 5, 16, 64, 1024, 65_536];
  // Many chunks of much are slow, and say no more than some of it.
  const largest = random.pick(sizes.filter((size) => bytes.length / size < 100 || size === 65_536));
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random.below(largest);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
