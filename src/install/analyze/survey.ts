/**
 * Examines one watch: how many events and bytes arrive, of which kinds, which fields differ, and who wrote them. Keeps
 * the last state of each object as bytes, within bounds. Pure: frames in, figures out.
 */
import type { Projection } from '../../core/projection/filter.ts';
import { INITIAL_EVENTS_END } from '../../core/codec/watch-event.ts';
import type { Codec } from '../../core/codec/codec.ts';
import type { InitialPhase } from '../../core/sieve/initial-phase.ts';
import { changesBetween, MAX_CHANGES, type Change } from './changes.ts';
import type { FrameReader } from './frame-reader.ts';
import { PresetSieves, type PresetCount } from './presets.ts';
import type { Redactor } from './redactor.ts';
import { TimeSeries, type Series } from './series.ts';
import { Tally } from './tallies.ts';
import { fieldOf, nameAt } from './values.ts';
import { writerOf } from './writers.ts';

/** The most objects that are told apart, and the most bytes kept of their last states. */
const MAX_OBJECTS = 50_000;
const MAX_KEPT_BYTES = 256 * 1024 * 1024;
/** Longer events are counted without being read. */
const MAX_READ_BYTES = 4 * 1024 * 1024;
/** A namespace and a name have at most 317 characters. */
const MAX_NAME = 320;
const MAX_FIELDS = 1000;
const MAX_KINDS = 500;
/** The most fields that identify a kind of event. An event that changes more counts as one that changes many. */
const MAX_FIELDS_OF_KIND = 12;

/** Events of one kind: the same fields, changed by the same writers. */
export interface KindCount {
  readonly fields: readonly string[];
  readonly writers: readonly string[];
  /** True if nothing or only a time changed. */
  readonly isIdle: boolean;
  readonly events: number;
  readonly bytes: number;
}

export interface FieldCount {
  readonly field: string;
  readonly writers: readonly string[];
  /** True if the value was a time before and after each change. */
  readonly isTime: boolean;
  readonly events: number;
}

export interface ObjectCount {
  readonly name: string;
  readonly events: number;
  readonly bytes: number;
}

/** All counts. Initial events count only in `initial`. */
export interface Findings {
  readonly encoding: Codec['name'];
  readonly initial: { readonly objects: number; readonly bytes: number };
  readonly events: number;
  readonly bytes: number;
  readonly byType: Readonly<Record<string, number>>;
  /** Modified objects whose previous state was known. */
  readonly compared: number;
  readonly kinds: readonly KindCount[];
  readonly fields: readonly FieldCount[];
  readonly objects: readonly ObjectCount[];
  readonly presets: readonly PresetCount[];
  readonly series: Series;
}

export interface SurveyOptions {
  /** The name for pseudonyms. */
  readonly resource: string;
  /** True if objects are not read and events are only counted. */
  readonly isCountOnly: boolean;
  readonly phase: InitialPhase;
  readonly reader: FrameReader;
  readonly projections: readonly Projection[];
  readonly redactor: Redactor;
}

export class Survey {
  readonly #options: SurveyOptions;
  readonly #sieves: PresetSieves;
  readonly #kept = new Map<string, Buffer>();
  #keptBytes = 0;
  readonly #initial = { objects: 0, bytes: 0 };
  readonly #byType: Record<string, number> = {};
  #events = 0;
  #bytes = 0;
  #compared = 0;
  readonly #kinds = new Tally(MAX_KINDS, () => ({
    fields: [] as readonly string[],
    writers: [] as readonly string[],
    isIdle: false,
  }));
  readonly #fields = new Tally(MAX_FIELDS, () => ({ writers: new Set<string>(), isTime: true }));
  readonly #objects = new Tally(MAX_OBJECTS, () => ({}));
  readonly #series = new TimeSeries();
  #isPast: boolean;
  #resourceVersion = '';
  /** Idle events of the last kind. */
  #idle = 0;

  constructor(options: SurveyOptions) {
    this.#options = options;
    this.#sieves = new PresetSieves(options.isCountOnly ? [] : options.projections, {
      phase: options.phase,
      codec: options.reader.codec,
    });
    this.#isPast = options.phase === 'past';
  }

  /** True if the initial events are over. */
  get isPast(): boolean {
    return this.#isPast;
  }

  get events(): number {
    return this.#events;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Events so far in which nothing or only a time changed. */
  get idle(): number {
    return this.#idle;
  }

  /** The resourceVersion of the newest event, at which a watch continues. */
  get resourceVersion(): string {
    return this.#resourceVersion;
  }

  /** Takes one whole frame. @param at - seconds since the end of the initial events */
  frame(bytes: Buffer, start: number, end: number, at: number): void {
    const frame = bytes.subarray(start, end);
    const type = this.#options.reader.values.typeOf(frame) || 'other';
    this.#sieves.frame(bytes, start, end);
    if (type === 'BOOKMARK') this.#bookmark(frame, at);
    else if (!this.#options.isCountOnly && frame.length <= MAX_READ_BYTES) this.#read(frame, type, at);
    else this.#count(type, frame.length, at, false);
  }

  /** Counts bytes that were too long to be read or are not a stream of events. */
  unread(bytes: number, events: number, at: number): void {
    if (events > 0) this.#count('other', bytes, at, false);
    else if (this.#isPast) this.#bytes += bytes;
    else this.#initial.bytes += bytes;
  }

  findings(seconds: number): Findings {
    return {
      encoding: this.#options.reader.codec.name,
      initial: { ...this.#initial },
      events: this.#events,
      bytes: this.#bytes,
      byType: { ...this.#byType },
      compared: this.#compared,
      kinds: this.#kinds.ranked().map(([, kind]) => ({ ...kind })),
      fields: this.#fields.ranked().map(([field, { events, isTime, writers }]) => ({
        field,
        events,
        isTime,
        writers: [...writers].sort(),
      })),
      objects: this.#objects.ranked().map(([name, { events, bytes }]) => ({ name, events, bytes })),
      presets: this.#sieves.counts(),
      series: this.#series.upTo(seconds),
    };
  }

  #read(frame: Buffer, type: string, at: number): void {
    const object = this.#options.reader.values.objectOf(frame);
    const version = nameAt(object, 'metadata', 'resourceVersion');
    if (version !== '' && type !== 'ERROR') this.#resourceVersion = version;
    const name = [nameAt(object, 'metadata', 'namespace'), nameAt(object, 'metadata', 'name')]
      .filter((part) => part !== '')
      .join('/')
      .slice(0, MAX_NAME);
    const isChange = type === 'MODIFIED' && this.#isPast && name !== '';
    const isIdle = isChange && this.#compare(name, object, frame.length);
    this.#count(type, frame.length, at, isIdle);
    if (this.#isPast && name !== '')
      this.#objects.add(this.#options.redactor.name(this.#options.resource, name), frame.length);
    if (type === 'DELETED') this.#forget(name);
    else if (name !== '') this.#keep(name, frame);
  }

  /** The object of a bookmark has only a resourceVersion. */
  #bookmark(frame: Buffer, at: number): void {
    const metadata = fieldOf(this.#options.reader.values.objectOf(frame), 'metadata');
    this.#resourceVersion = nameAt(metadata, 'resourceVersion') || this.#resourceVersion;
    const isEnd = nameAt(metadata, 'annotations', INITIAL_EVENTS_END) === 'true';
    if (this.#isPast) this.#count('BOOKMARK', frame.length, at, false);
    else if (isEnd || this.#options.phase === 'until-not-added') this.#isPast = true;
  }

  #count(type: string, bytes: number, at: number, isIdle: boolean): void {
    if (!this.#isPast && type !== 'ADDED' && this.#options.phase === 'until-not-added') this.#isPast = true;
    if (!this.#isPast) {
      if (type === 'ADDED') this.#initial.objects++;
      this.#initial.bytes += bytes;
      return;
    }
    this.#events++;
    this.#bytes += bytes;
    this.#byType[type] = (this.#byType[type] ?? 0) + 1;
    if (isIdle) this.#idle++;
    this.#series.add(at, isIdle);
  }

  /** @returns true if nothing or only a time changed */
  #compare(name: string, object: unknown, bytes: number): boolean {
    const kept = this.#kept.get(name);
    const before = kept === undefined ? undefined : this.#options.reader.values.objectOf(kept);
    if (before === undefined) return false;
    this.#compared++;
    const changes = changesBetween(before, object);
    const [fields, writers] = [new Map<string, boolean>(), new Set<string>()];
    for (const change of changes) this.#note(change, { before, object, fields, writers });
    const writer = changes.length === 0 ? writerOf([], before, object) : undefined;
    if (writer !== undefined) writers.add(writer);
    const isIdle = changes.every(({ isTime }) => isTime);
    const shown = [...fields.keys()].sort();
    const isMany = shown.length > MAX_FIELDS_OF_KIND || changes.length === MAX_CHANGES;
    const named = isMany ? [...shown.slice(0, MAX_FIELDS_OF_KIND), 'and others'] : shown;
    const hands = [...writers].sort().slice(0, 5);
    const kind = this.#kinds.add(JSON.stringify([isIdle, named, hands]), bytes);
    if (kind.events === 1) Object.assign(kind, { fields: named, writers: hands, isIdle });
    return isIdle;
  }

  #note(
    { path, isTime }: Change,
    of: {
      readonly before: unknown;
      readonly object: unknown;
      readonly fields: Map<string, boolean>;
      readonly writers: Set<string>;
    },
  ): void {
    const field = this.#options.redactor.path(path);
    const writer = writerOf(path, of.before, of.object);
    if (writer !== undefined) of.writers.add(writer);
    const isFirst = !of.fields.has(field);
    of.fields.set(field, (of.fields.get(field) ?? true) && isTime);
    // The same field of several elements of a list counts once per event.
    const tally = isFirst ? this.#fields.add(field, 0) : undefined;
    if (tally === undefined) return;
    tally.isTime &&= isTime;
    if (writer !== undefined && tally.writers.size < 10) tally.writers.add(writer);
  }

  #keep(name: string, frame: Buffer): void {
    const before = this.#kept.get(name)?.length ?? 0;
    const hasRoom = this.#keptBytes - before + frame.length <= MAX_KEPT_BYTES;
    if (!hasRoom || (before === 0 && this.#kept.size === MAX_OBJECTS)) {
      this.#forget(name);
      return;
    }
    this.#kept.set(name, Buffer.from(frame));
    this.#keptBytes += frame.length - before;
  }

  #forget(name: string): void {
    this.#keptBytes -= this.#kept.get(name)?.length ?? 0;
    this.#kept.delete(name);
  }
}
