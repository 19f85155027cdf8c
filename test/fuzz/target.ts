/** What can be fuzzed: how inputs come to be, and how they are judged. An input is bytes, so that it can be kept. */
import type { Random } from './random.ts';

/** What an input did, in a few words of a closed set: runs count them, and must see each that a target promises. */
export type Outcome = string;

export interface Target {
  readonly name: string;
  /** Outcomes without which a run of some thousands has tested nothing. */
  readonly promises: readonly Outcome[];
  /** Inputs made from chance alone, by the rules of their format. */
  make(random: Random): Buffer;
  /** An input like this one. `others` are inputs of the same target to take parts from. */
  vary(input: Buffer, random: Random, others: readonly Buffer[]): Buffer;
  /** Judges one input. @throws where the product breaks a rule */
  check(input: Buffer): Outcome | Promise<Outcome>;
  /** Begins a run, where something has to be started for it. */
  open?(): Promise<AsyncDisposable>;
}
