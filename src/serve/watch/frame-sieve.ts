/**
 * Filters one chunk: a splitter cuts it into pieces, a reader reads the events, and a sieve judges them. Each decision
 * is counted once. A response body and WebSocket messages are cut into the same pieces.
 */
import type { FrameSplitter, Piece } from '../../core/codec/frame-splitter.ts';
import { PassedBytes } from '../../core/codec/passed-bytes.ts';
import type { EventType } from '../../core/codec/watch-event.ts';
import type { Filter } from '../../core/projection/filter.ts';
import { EventReader, type ReadEvent, type Reading } from '../../core/sieve/event-reader.ts';
import { Sieve, type SieveOptions } from '../../core/sieve/sieve.ts';
import type { Reason, Verdict } from '../../core/sieve/verdict.ts';
import type { EventTally } from '../telemetry/event-tally.ts';
import type { Progress } from './progress.ts';

export interface FrameSieveOptions {
  readonly splitter: FrameSplitter;
  /** Undefined if there is no codec for the stream; all bytes are forwarded then. */
  readonly reading: Reading | undefined;
  /** The first filter; see {@link FrameSieve.refilter}. */
  readonly filter: Filter;
  readonly client: SieveOptions;
  /** Receives every frame, in order. */
  readonly progress: Progress;
  /** The tallies that count decisions: that of this stream and that of the program. */
  readonly tallies: readonly EventTally[];
}

/** `lost`: the bytes were not an event, so the framing of all later bytes is lost. */
type FrameVerdict = 'forward' | 'swallow' | 'lost';

export class FrameSieve {
  readonly sieve: Sieve;
  readonly #splitter: FrameSplitter;
  readonly #reading: Reading | undefined;
  readonly #progress: Progress;
  readonly #tallies: readonly EventTally[];
  readonly #passed = new PassedBytes();
  #filter: Filter;
  #reader: EventReader | undefined;

  constructor({ splitter, reading, filter, client, progress, tallies }: FrameSieveOptions) {
    this.sieve = new Sieve(client);
    this.#splitter = splitter;
    this.#reading = reading;
    this.#filter = filter;
    this.#reader = reading && new EventReader(reading, filter.projection.plan);
    this.#progress = progress;
    this.#tallies = tallies;
    if (reading === undefined) this.#lose();
  }

  get filter(): Filter {
    return this.#filter;
  }

  /** Applies a filter from the next event on. If its projection differs, the baseline is dropped. */
  refilter(filter: Filter): void {
    const { plan } = filter.projection;
    const isSame = plan === this.#filter.projection.plan;
    this.#filter = filter;
    if (isSame) return;
    this.#reader = this.#reading && new EventReader(this.#reading, plan);
    // The new projection may see a difference in events that were swallowed under the old one.
    this.sieve.doubt('projection');
  }

  /** Appends the forwarded bytes of this chunk to `out`, as views, or as copies of frames that span chunks. */
  push(chunk: Buffer, out: Buffer[]): void {
    const splitter = this.#splitter;
    const passed = this.#passed;
    for (let piece = splitter.next(chunk); piece !== undefined; piece = splitter.next(chunk))
      if (this.#keeps(piece)) passed.keep(piece, chunk, out);
    passed.end(chunk, out);
  }

  /** Appends the received part of an incomplete frame to `out`. The rest of this frame is forwarded unread. */
  passUnseen(out: Buffer[]): void {
    const piece = this.#splitter.abandon();
    if (piece === undefined || !this.#keeps(piece)) return;
    out.push(Buffer.from(piece.raw.subarray(piece.rawStart, piece.rawEnd)));
    piece.none();
  }

  /**
   * Ends the stream. A last frame that lacks only its delimiter is judged; an incomplete one is discarded (R9).
   * @returns whether the bytes ended inside a frame
   */
  finish(out: Buffer[]): boolean {
    const rest = this.#splitter.finish();
    if (rest?.kind !== 'frame') return rest !== undefined;
    const verdict = this.#verdictOver(rest.bytes, rest.start, rest.end);
    if (verdict === 'lost') this.sieve.doubt('verbatim');
    if (verdict === 'forward') out.push(Buffer.from(rest.raw.subarray(rest.rawStart, rest.rawEnd)));
    return verdict === 'lost';
  }

  #keeps({ kind, rawStart, rawEnd, bytes, start, end }: Piece): boolean {
    if (kind === 'frame') {
      const verdict = this.#verdictOver(bytes, start, end);
      if (verdict !== 'lost') return verdict === 'forward';
      this.#splitter.lose();
    }
    if (kind === 'aside') return true;
    if (kind === 'oversize') this.#oversize();
    else if (kind !== 'rest') this.#lose();
    for (const tally of this.#tallies) tally.bytes('forwarded', rawEnd - rawStart);
    return true;
  }

  #oversize(): void {
    this.sieve.doubt('oversize');
    this.#progress.forwarded();
    this.#count('other', 'forwarded', 'oversize', 0);
  }

  /** All later bytes count as one event, because unread events cannot be counted. */
  #lose(): void {
    this.sieve.passVerbatim();
    this.#progress.forwarded();
    this.#count('other', 'forwarded', 'verbatim', 0);
  }

  #verdictOver(bytes: Buffer, start: number, end: number): FrameVerdict {
    let event: ReadEvent | undefined;
    let reason: Reason = 'verbatim';
    try {
      event = this.#reader?.read(bytes, start, end);
      if (event !== undefined) reason = this.sieve.judge(event);
    } catch {
      // A fault of this program is a doubt too: it may cost the filtering, but never an event of the client (I1).
      event = undefined;
    }
    if (event === undefined) return 'lost';
    const { type, resourceVersion } = event;
    if (reason === 'unchanged' && this.#filter.mode === 'filter') {
      this.#count(type, 'swallowed', reason, end - start);
      this.#progress.swallowed(resourceVersion, bytes, start, end, this.sieve.now);
      return 'swallow';
    }
    // In observe mode the event is forwarded although it is unchanged, so the client may resume from it.
    if (reason === 'unchanged') this.sieve.released(resourceVersion);
    this.#count(type, reason === 'unchanged' ? 'would_swallow' : 'forwarded', reason, end - start);
    this.#progress.forwarded();
    return 'forward';
  }

  #count(type: EventType, verdict: Verdict, reason: Reason, bytes: number): void {
    for (const tally of this.#tallies) tally.event(type, verdict, reason, bytes);
  }
}
