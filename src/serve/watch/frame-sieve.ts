/**
 * Joins splitter, scanner and sieve of one stream, and counts every decision once. Synchronous: a chunk goes in, the
 * bytes that survive come out.
 */
import { type Chronicle, type DoubtReason } from '../../core/sieve/chronicle.ts';
import { type Memos } from '../../core/sieve/memo.ts';
import { type Decision, Sieve, type SieveOptions } from '../../core/sieve/sieve.ts';
import { type Mode } from '../../core/projection/filter.ts';
import { type Reason, type Verdict } from '../../core/sieve/verdict.ts';
import { type EventTally } from '../telemetry/event-tally.ts';
import { differences } from '../../core/codec/differences.ts';
import { type Codec } from '../../core/codec/codec.ts';
import { CODECS } from '../../core/codec/codecs.ts';
import { type FrameJudge, type FrameSplitter, type FrameVerdict } from '../../core/codec/frame-splitter.ts';
import { type FieldsLegend } from '../../core/codec/legend.ts';
import { OpaqueSplitter } from '../../core/codec/opaque.ts';
import { type Resource } from '../../core/resource/resource.ts';
import { type FieldsPlan } from '../../core/projection/plan.ts';
import { type EventScanner, type EventType } from '../../core/codec/watch-event.ts';
import { type MessageForm, MessageSplitter } from '../../core/codec/websocket/message-splitter.ts';
import { type Progress } from './progress.ts';

export interface FrameSieveOptions extends Omit<SieveOptions, 'scanner' | 'differ' | 'memo'> {
  /** Undefined where there is none for the response: it passes as it is. */
  readonly codec: Codec | undefined;
  readonly resource: Resource;
  readonly plan: FieldsPlan;
  readonly mode: Mode;
  /** Where frames are messages of a WebSocket: which ones. */
  readonly messages?: MessageForm | undefined;
  /** Frames longer than this pass unseen. */
  readonly maxFrameBytes: number;
  /** Where decisions are counted: this stream's own tally, and the program's. */
  readonly tallies: readonly EventTally[];
  /** Told of every frame, in order. */
  readonly progress: Progress;
  /** The program's. */
  readonly memos?: Memos | undefined;
}

export class FrameSieve implements FrameJudge {
  readonly #sieve: Sieve;
  readonly #splitter: FrameSplitter;
  readonly #codec: Codec | undefined;
  readonly #resource: Resource;
  #plan: FieldsPlan;
  #mode: Mode;
  readonly #tallies: readonly EventTally[];
  readonly #progress: Progress;
  readonly #memos: Memos | undefined;
  #isVerbatim = false;

  constructor(options: FrameSieveOptions) {
    const { codec, resource, plan, mode, maxFrameBytes, tallies, progress, memos } = options;
    this.#codec = codec;
    this.#resource = resource;
    this.#plan = plan;
    this.#mode = mode;
    this.#tallies = tallies;
    this.#progress = progress;
    this.#memos = memos;
    this.#sieve = new Sieve({
      ...options,
      scanner: scannerFor(codec, resource, plan),
      differ: differFor(codec, resource, plan),
      memo: codec && memos?.of(codec, resource, plan),
    });
    this.#splitter =
      options.messages === undefined
        ? (codec?.splitter(this, maxFrameBytes) ?? new OpaqueSplitter(this))
        : new MessageSplitter(this, maxFrameBytes, options.messages);
  }

  get mode(): Mode {
    return this.#mode;
  }

  get baselineSize(): number {
    return this.#sieve.baselineSize;
  }

  /** What has become of each object. */
  get chronicle(): Chronicle {
    return this.#sieve.chronicle;
  }

  /** See {@link Sieve.deliveredAt}. */
  get deliveredAt(): string {
    return this.#sieve.deliveredAt;
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

  /** See {@link FrameSplitter.closing}. */
  get closing(): Buffer | undefined {
    return this.#splitter.closing;
  }

  /** See {@link Sieve.snapshot}. */
  snapshot(): ReturnType<Sieve['snapshot']> {
    return this.#isVerbatim ? undefined : this.#sieve.snapshot();
  }

  /** See {@link Sieve.position}; undefined where bytes pass without being looked at. */
  position(): ReturnType<Sieve['position']> {
    return this.#isVerbatim ? undefined : this.#sieve.position();
  }

  get isMistrusted(): boolean {
    return this.#sieve.isMistrusted;
  }

  /** See {@link Sieve.release}. */
  release(): void {
    this.#sieve.release();
  }

  /** See {@link Sieve.mistrust}. */
  mistrust(): void {
    this.#sieve.mistrust();
  }

  /** See {@link Sieve.doubt}. */
  doubt(reason: DoubtReason): void {
    this.#sieve.doubt(reason);
  }

  /** A bookmark of our own, or a held frame, goes to the client. */
  released(resourceVersion: string): void {
    this.#sieve.released(resourceVersion);
  }

  /** From the next frame on this mode and plan count. */
  refilter({ mode, plan }: { readonly mode: Mode; readonly plan: FieldsPlan }): void {
    this.#mode = mode;
    if (plan === this.#plan) return;
    this.#plan = plan;
    const [codec, resource] = [this.#codec, this.#resource];
    this.#sieve.reproject(
      scannerFor(codec, resource, plan),
      differFor(codec, resource, plan),
      codec && this.#memos?.of(codec, resource, plan),
    );
  }

  /** Appends what survives of this chunk, read at `now` (monotonic ms), to `out`. */
  push(chunk: Buffer, out: Buffer[], now: number): void {
    this.#sieve.now = now;
    this.#splitter.push(chunk, out);
  }

  /** Ends the stream. @returns whether upstream broke off inside a frame, which is then discarded */
  finish(out: Buffer[]): boolean {
    return this.#splitter.finish(out);
  }

  // What the splitter asks and tells:

  frame(bytes: Buffer, start: number, end: number): FrameVerdict {
    const decision = this.#decide(bytes, start, end);
    return decision === undefined ? 'lost' : this.#settle(decision, bytes, start, end);
  }

  lastFrame(bytes: Buffer, start: number, end: number): 'forward' | 'swallow' | 'torn' {
    const decision = this.#decide(bytes, start, end);
    return decision === undefined ? 'torn' : this.#settle(decision, bytes, start, end);
  }

  oversize(): void {
    this.#sieve.doubt('oversize');
    this.#progress.forwarded();
    this.#count('other', 'forwarded', 'oversize', 0);
  }

  oversizeBytes(bytes: number): void {
    for (const tally of this.#tallies) tally.bytes('forwarded', bytes);
  }

  /** All that follows counts as one event: what is not looked at cannot be counted. */
  verbatim(): void {
    this.#isVerbatim = true;
    this.#progress.forwarded();
    this.#count('other', 'forwarded', 'verbatim', 0);
  }

  verbatimBytes(bytes: number): void {
    for (const tally of this.#tallies) tally.bytes('forwarded', bytes);
  }

  /** A mistake of our own is doubt like any other: it may cost the filtering, never the client's events (I1). */
  #decide(bytes: Buffer, start: number, end: number): Decision | undefined {
    try {
      return this.#sieve.decide(bytes, start, end);
    } catch {
      this.#sieve.doubt('verbatim');
      return undefined;
    }
  }

  #settle(decision: Decision, bytes: Buffer, start: number, end: number): 'forward' | 'swallow' {
    const { type, reason, resourceVersion } = decision;
    if (reason === 'unchanged' && this.#mode === 'filter') {
      this.#count(type, 'swallowed', reason, end - start);
      this.#progress.swallowed(resourceVersion, bytes, start, end, this.#sieve.now);
      return 'swallow';
    }
    // Observing, the client is sent what it already holds, and may resume from there.
    if (reason === 'unchanged') this.#sieve.released(resourceVersion);
    this.#count(type, reason === 'unchanged' ? 'would_swallow' : 'forwarded', reason, end - start);
    this.#progress.forwarded();
    return 'forward';
  }

  #count(type: EventType, verdict: Verdict, reason: Reason, bytes: number): void {
    for (const tally of this.#tallies) tally.event(type, verdict, reason, bytes);
  }
}

/** Made when the first change asks for it: most streams that end have seen none. */
function differFor(codec: Codec | undefined, resource: Resource, plan: FieldsPlan): SieveOptions['differ'] {
  if (codec === undefined) return undefined;
  let legend: FieldsLegend | undefined;
  return (before, after) => differences((legend ??= codec.legend(resource, plan)), before, after);
}

/** Nothing opaque is ever scanned: for it any scanner will do. */
function scannerFor(codec: Codec | undefined, resource: Resource, plan: FieldsPlan): EventScanner {
  return (codec ?? CODECS.json).scanner(resource, plan);
}
