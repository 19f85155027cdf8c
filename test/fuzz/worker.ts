/** One target in a thread of its own, so that whoever started it sees it hang. Says at the end what it has found. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { drive, minimised, type Failure } from './drive.ts';
import type { Outcome } from './target.ts';
import { targetNamed } from './targets.ts';

export interface Work {
  readonly target: string;
  readonly seed: number;
  /** Of the first input, and of the one behind the last. */
  readonly from: number;
  readonly to: number;
  readonly milliseconds: number;
  /** Where the number of the input at hand is written. */
  readonly at: Int32Array;
}

export interface Done {
  readonly inputs: number;
  readonly seconds: number;
  readonly outcomes: readonly (readonly [Outcome, number])[];
  readonly failure: Failure | undefined;
  /** The failing input, made small. */
  readonly smallest: Buffer | undefined;
  /** What is in use after a collection, at the end, above what it was after the first inputs (bytes). */
  readonly growth: number;
}

/** Inputs after which code and buffers are as large as they get. */
const WARM_UP = 2000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function inUse(): Promise<number> {
  // What the first collection leaves to be freed is freed by then.
  collect();
  await new Promise(setImmediate);
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function work({ target: name, seed, from, to, milliseconds, at }: Work): Promise<Done> {
  const target = targetNamed(name);
  const opened = await target.open?.();
  const outcomes = new Map<Outcome, number>();
  const begun = performance.now();
  const options = {
    target,
    seed,
    outcomes,
    onInput: (n: number) => {
      Atomics.store(at, 0, n);
    },
    isOver: () => performance.now() - begun > milliseconds,
  };
  const warmUp = await drive({ ...options, from, to: Math.min(to, from + WARM_UP) });
  const before = await inUse();
  const rest =
    warmUp.failure === undefined
      ? await drive({ ...options, from: from + warmUp.done, to })
      : { done: 0, failure: undefined };
  const seconds = (performance.now() - begun) / 1000;
  const failure = warmUp.failure ?? rest.failure;
  // From here on no input is at hand that could hang.
  Atomics.store(at, 0, to);
  const smallest = failure === undefined ? undefined : await minimised(target, failure);
  const growth = (await inUse()) - before;
  await opened?.[Symbol.asyncDispose]();
  return { inputs: warmUp.done + rest.done, seconds, outcomes: [...outcomes], failure, smallest, growth };
}

parentPort?.postMessage(await work(workerData as Work));
