/**
 * One event of a stream in, what becomes of it out: reads it, judges it for the client, and counts every decision once.
 * However the bytes came (a splitter asks for each frame of a body, a message may be one event): `frame` is given one.
 */
import { type FrameJudge, type FrameVerdict } from '../../core/codec/frame-splitter.ts';
import { type EventType } from '../../core/codec/watch-event.ts';
import { type Filter } from '../../core/projection/filter.ts';
import { EventReader, type ReadEvent, type Reading } from '../../core/sieve/event-reader.ts';
import { Sieve, type SieveOptions } from '../../core/sieve/sieve.ts';
import { type Reason, type Verdict } from '../../core/sieve/verdict.ts';
import { type EventTally } from '../telemetry/event-tally.ts';
import { type Progress } from './progress.ts';

/** How events are read, but for what of them counts; undefined where there is no codec for them: they pass as they are. */
export type FrameReading = Omit<Reading, 'plan'> | undefined;

export interface FrameSieveOptions {
  readonly reading: FrameReading;
  /** As it is at the beginning; see {@link FrameSieve.refilter}. */
  readonly filter: Filter;
  /** What is known of the client. */
  readonly client: SieveOptions;
  /** Told of every frame, in order. */
  readonly progress: Progress;
  /** Where decisions are counted: this stream's own tally, and the program's. */
  readonly tallies: readonly EventTally[];
}

export class FrameSieve implements FrameJudge {
  readonly sieve: Sieve;
  readonly #reading: FrameReading;
  readonly #progress: Progress;
  readonly #tallies: readonly EventTally[];
  #filter: Filter;
  #reader: EventReader | undefined;

  constructor({ reading, filter, client, progress, tallies }: FrameSieveOptions) {
    this.sieve = new Sieve(client);
    this.#reading = reading;
    this.#filter = filter;
    this.#reader = reading && new EventReader({ ...reading, plan: filter.projection.plan });
    this.#progress = progress;
    this.#tallies = tallies;
  }

  /** What counts now. */
  get filter(): Filter {
    return this.#filter;
  }

  /** From the next event on this filter counts; of another projection it is not known what the client holds. */
  refilter(filter: Filter): void {
    const { plan } = filter.projection;
    const isSame = plan === this.#filter.projection.plan;
    this.#filter = filter;
    if (isSame) return;
    this.#reader = this.#reading && new EventReader({ ...this.#reading, plan });
    // Of what was swallowed under the old one, this one may see a difference.
    this.sieve.doubt('projection');
  }

  /** @returns `lost`: that was no event, and what follows can be none. It has been told {@link verbatim} then */
  frame(bytes: Buffer, start: number, end: number): FrameVerdict {
    const verdict = this.#verdictOver(bytes, start, end);
    if (verdict === 'lost') this.verbatim();
    return verdict;
  }

  lastFrame(bytes: Buffer, start: number, end: number): 'forward' | 'swallow' | 'torn' {
    const verdict = this.#verdictOver(bytes, start, end);
    if (verdict !== 'lost') return verdict;
    this.sieve.doubt('verbatim');
    return 'torn';
  }

  oversize(): void {
    this.sieve.doubt('oversize');
    this.#progress.forwarded();
    this.#count('other', 'forwarded', 'oversize', 0);
  }

  oversizeBytes(bytes: number): void {
    for (const tally of this.#tallies) tally.bytes('forwarded', bytes);
  }

  /** All that follows counts as one event: what is not looked at cannot be counted. */
  verbatim(): void {
    if (this.sieve.isVerbatim) return;
    this.sieve.passVerbatim();
    this.#progress.forwarded();
    this.#count('other', 'forwarded', 'verbatim', 0);
  }

  verbatimBytes(bytes: number): void {
    for (const tally of this.#tallies) tally.bytes('forwarded', bytes);
  }

  #verdictOver(bytes: Buffer, start: number, end: number): FrameVerdict {
    let event: ReadEvent | undefined;
    let reason: Reason = 'verbatim';
    try {
      event = this.#reader?.read(bytes, start, end);
      if (event !== undefined) reason = this.sieve.judge(event);
    } catch {
      // A mistake of our own is doubt like any other: it may cost the filtering, never the client's events (I1).
      event = undefined;
    }
    if (event === undefined) return 'lost';
    const { type, resourceVersion } = event;
    if (reason === 'unchanged' && this.#filter.mode === 'filter') {
      this.#count(type, 'swallowed', reason, end - start);
      this.#progress.swallowed(resourceVersion, bytes, start, end, this.sieve.now);
      return 'swallow';
    }
    // Observing, the client is sent what it already holds, and may resume from there.
    if (reason === 'unchanged') this.sieve.released(resourceVersion);
    this.#count(type, reason === 'unchanged' ? 'would_swallow' : 'forwarded', reason, end - start);
    this.#progress.forwarded();
    return 'forward';
  }

  #count(type: EventType, verdict: Verdict, reason: Reason, bytes: number): void {
    for (const tally of this.#tallies) tally.event(type, verdict, reason, bytes);
  }
}
