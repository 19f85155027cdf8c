/** Runs inputs of one target: makes them, judges them, counts what they did, makes a failing one small. */
import { kept } from './corpus.ts';
import { numberFor, Random } from './random.ts';
import type { Outcome, Target } from './target.ts';

/** Inputs that share their ancestors; what they are made from is made anew for each block. */
const BLOCK = 2048;
const ANCESTORS = 24;
const YIELD_EVERY = 1024;

export interface Failure {
  readonly target: string;
  readonly seed: number;
  /** Number of the input in the run. */
  readonly at: number;
  readonly input: Buffer;
  readonly message: string;
}

/** Makes the inputs of one run, each by its number alone. */
export class Inputs {
  readonly #target: Target;
  readonly #seed: number;
  readonly #kept: readonly Buffer[];
  #block = -1;
  #ancestors: Buffer[] = [];

  constructor(target: Target, seed: number) {
    this.#target = target;
    this.#seed = seed + numberFor(target.name);
    this.#kept = kept(target.name).map(({ input }) => input);
  }

  input(n: number): Buffer {
    this.#ancestorsOf(Math.floor(n / BLOCK));
    const random = new Random(this.#seed, n);
    if (random.oneIn(10)) return this.#target.make(random);
    let input = random.pick(this.#ancestors);
    for (let times = 1 + random.below(2); times > 0; times--)
      input = this.#target.vary(input, random, this.#ancestors);
    return input;
  }

  #ancestorsOf(block: number): void {
    if (block === this.#block) return;
    this.#block = block;
    const random = new Random(this.#seed, block, 1);
    this.#ancestors = Array.from({ length: ANCESTORS }, () => this.#target.make(random));
    for (let i = 0; i < Math.min(ANCESTORS, this.#kept.length); i++)
      this.#ancestors.push(random.pick(this.#kept));
  }
}

/** @returns what went wrong; undefined where nothing did */
export async function failureOf(target: Target, input: Buffer): Promise<string | undefined> {
  try {
    await target.check(input);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

export interface DriveOptions {
  readonly target: Target;
  readonly seed: number;
  /** Of the first input, and of the one behind the last. */
  readonly from: number;
  readonly to: number;
  readonly outcomes: Map<Outcome, number>;
  /** Called before each input, so that somebody else can see which one hangs. */
  readonly onInput?: (n: number) => void;
  /** Says when to stop before the last one. */
  readonly isOver?: () => boolean;
}

/** Judges inputs until one fails. @returns that failure, and how many were judged */
export async function drive(
  options: DriveOptions,
): Promise<{ readonly done: number; readonly failure: Failure | undefined }> {
  const { target, seed, from, to, outcomes, onInput, isOver } = options;
  const inputs = new Inputs(target, seed);
  for (let n = from; n < to; n++) {
    if (n % 64 === 0 && isOver?.() === true) return { done: n - from, failure: undefined };
    // Some memory is given back only by the event loop.
    if (n % YIELD_EVERY === 0) await new Promise(setImmediate);
    const input = inputs.input(n);
    onInput?.(n);
    try {
      const outcome = target.check(input);
      const said = typeof outcome === 'string' ? outcome : await outcome;
      outcomes.set(said, (outcomes.get(said) ?? 0) + 1);
    } catch (error) {
      const failure = { target: target.name, seed, at: n, input, message: messageOf(error) };
      return { done: n - from + 1, failure };
    }
  }
  return { done: to - from, failure: undefined };
}

/** Cuts pieces out of an input as long as it fails with the same first line. */
export async function minimised(target: Target, failure: Failure, maxTries = 4000): Promise<Buffer> {
  let smallest = failure.input;
  const first = firstLine(failure.message);
  let tries = 0;
  for (let size = Math.ceil(smallest.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < smallest.length && tries < maxTries;) {
      tries++;
      const shorter = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      const message = await failureOf(target, shorter);
      if (message !== undefined && firstLine(message) === first) smallest = shorter;
      else at += size;
    }
  }
  return smallest;
}

const firstLine = (message: string): string => message.split('\n', 1)[0] ?? '';

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
