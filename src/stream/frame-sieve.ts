/**
 * Joins splitter, scanner and sieve of one stream, and counts every decision once. Synchronous: a chunk goes in, the
 * bytes that survive come out.
 */
import { type Decision, Sieve } from '../sieve/sieve.ts';
import { type InitialPhase } from '../sieve/initial-phase.ts';
import { type Mode, type Reason, type Verdict } from '../sieve/verdict.ts';
import { type EventTally } from '../telemetry/event-tally.ts';
import { type Encoding } from '../wire/encoding.ts';
import { type FrameJudge, type FrameSplitter, type FrameVerdict } from '../wire/frame-splitter.ts';
import { JsonLinesSplitter } from '../wire/json-lines.ts';
import { JsonScanner } from '../wire/json-scanner.ts';
import { LengthDelimitedSplitter } from '../wire/length-delimited.ts';
import { OpaqueSplitter } from '../wire/opaque.ts';
import { type FieldsPlan } from '../wire/plan.ts';
import { ProtobufScanner } from '../wire/protobuf-scanner.ts';
import { type EventScanner, type EventType } from '../wire/watch-event.ts';

export interface FrameSieveOptions {
  readonly encoding: Encoding;
  readonly plan: FieldsPlan;
  readonly phase: InitialPhase;
  readonly mode: Mode;
  /** Frames longer than this pass unseen. */
  readonly maxFrameBytes: number;
  /** Where decisions are counted: this stream's own tally, and the program's. */
  readonly tallies: readonly EventTally[];
}

export class FrameSieve implements FrameJudge {
  readonly #sieve: Sieve;
  readonly #splitter: FrameSplitter;
  readonly #mode: Mode;
  readonly #tallies: readonly EventTally[];
  #isVerbatim = false;

  constructor({ encoding, plan, phase, mode, maxFrameBytes, tallies }: FrameSieveOptions) {
    this.#mode = mode;
    this.#tallies = tallies;
    this.#sieve = new Sieve(scannerFor(encoding, plan), phase);
    this.#splitter = splitterFor(encoding, this, maxFrameBytes);
  }

  get baselineSize(): number {
    return this.#sieve.baselineSize;
  }

  get pastInitialEvents(): boolean {
    return this.#sieve.pastInitialEvents;
  }

  /** Whether framing was lost (or never known), so that bytes pass without being looked at. */
  get isVerbatim(): boolean {
    return this.#isVerbatim;
  }

  /** Whether the client may hold the beginning of a frame whose end is missing. */
  get passedPartOfFrame(): boolean {
    return this.#splitter.passedPartOfFrame;
  }

  /** Appends what survives of this chunk to `out`. */
  push(chunk: Buffer, out: Buffer[]): void {
    this.#splitter.push(chunk, out);
  }

  /** Ends the stream. @returns whether upstream broke off inside a frame, which is then discarded */
  finish(out: Buffer[]): boolean {
    return this.#splitter.finish(out);
  }

  // What the splitter asks and tells:

  frame(bytes: Buffer, start: number, end: number): FrameVerdict {
    const decision = this.#sieve.decide(bytes, start, end);
    if (decision !== undefined) return this.#settle(decision, end - start);
    return 'lost';
  }

  lastFrame(bytes: Buffer, start: number, end: number): 'forward' | 'swallow' | 'torn' {
    const decision = this.#sieve.decide(bytes, start, end);
    return decision === undefined ? 'torn' : this.#settle(decision, end - start);
  }

  oversize(): void {
    this.#sieve.doubt();
    this.#count('other', 'forwarded', 'oversize', 0);
  }

  oversizeBytes(bytes: number): void {
    for (const tally of this.#tallies) tally.bytes('forwarded', bytes);
  }

  /** All that follows counts as one event: what is not looked at cannot be counted. */
  verbatim(): void {
    this.#isVerbatim = true;
    this.#count('other', 'forwarded', 'verbatim', 0);
  }

  verbatimBytes(bytes: number): void {
    for (const tally of this.#tallies) tally.bytes('forwarded', bytes);
  }

  #settle({ type, reason }: Decision, bytes: number): 'forward' | 'swallow' {
    if (reason !== 'unchanged') {
      this.#count(type, 'forwarded', reason, bytes);
      return 'forward';
    }
    const swallow = this.#mode === 'filter';
    this.#count(type, swallow ? 'swallowed' : 'would_swallow', reason, bytes);
    return swallow ? 'swallow' : 'forward';
  }

  #count(type: EventType, verdict: Verdict, reason: Reason, bytes: number): void {
    for (const tally of this.#tallies) tally.event(type, verdict, reason, bytes);
  }
}

function scannerFor(encoding: Encoding, plan: FieldsPlan): EventScanner {
  return encoding === 'protobuf' ? new ProtobufScanner(plan) : new JsonScanner(plan);
}

function splitterFor(encoding: Encoding, judge: FrameJudge, maxFrameBytes: number): FrameSplitter {
  switch (encoding) {
    case 'json':
      return new JsonLinesSplitter(judge, maxFrameBytes);
    case 'protobuf':
      return new LengthDelimitedSplitter(judge, maxFrameBytes);
    case 'opaque':
      return new OpaqueSplitter(judge);
  }
}
