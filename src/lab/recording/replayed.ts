/** A recording as the state of an API server: what a list says, and where a watch begins. Pure. */
import type { Recording, RecordedFrame } from './format.ts';

/** Where a watch begins among the frames; `gone` where the recording does not go back so far. */
export type Beginning = number | 'gone';

export class Replayed {
  readonly frames: readonly RecordedFrame[];
  readonly path: string;
  /** Frames of the state before the first change, its bookmark too. */
  readonly initial: number;
  readonly #items: readonly Buffer[];
  readonly #kind: string;
  readonly #apiVersion: string;
  readonly #listVersion: string;
  /** How many frames a client has seen that names a resourceVersion. */
  readonly #positions = new Map<string, number>();

  constructor({ head, frames }: Recording) {
    this.frames = frames;
    this.path = head.path;
    const read = frames.map(({ bytes }) => eventOf(bytes));
    const later = read.findIndex(({ type }) => type !== 'ADDED');
    const first = later < 0 ? frames.length : later;
    this.initial = read[first]?.isInitialEnd === true ? first + 1 : first;
    this.#items = frames.slice(0, first).flatMap(({ bytes }) => itemOf(bytes));
    this.#kind = read[0]?.kind ?? 'Node';
    this.#apiVersion = read[0]?.apiVersion ?? 'v1';
    const versions = read.slice(0, this.initial).map(({ version }) => version);
    this.#listVersion = versions.reduce(newest, '1');
    this.#positions.set(this.#listVersion, this.initial);
    read.forEach(({ version }, at) => {
      if (at >= this.initial && version !== '') this.#positions.set(version, at + 1);
    });
  }

  /** Of the state before the first change. */
  get objects(): number {
    return this.#items.length;
  }

  /** The body of a LIST. */
  list(): Buffer {
    const metadata = JSON.stringify({ resourceVersion: this.#listVersion });
    const items = this.#items.flatMap((item, at) => (at === 0 ? [item] : [Buffer.from(','), item]));
    const before = `{"kind":"${this.#kind}List","apiVersion":"${this.#apiVersion}","metadata":${metadata},"items":[`;
    return Buffer.concat([Buffer.from(before), ...items, Buffer.from(']}\n')]);
  }

  beginning(query: URLSearchParams): Beginning {
    const version = query.get('resourceVersion') ?? '';
    const wantsInitial = query.get('sendInitialEvents') === 'true';
    if (wantsInitial || version === '' || version === '0') return 0;
    return this.#positions.get(version) ?? 'gone';
  }
}

interface RecordedEvent {
  readonly type: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly version: string;
  readonly isInitialEnd: boolean;
}

function eventOf(bytes: Buffer): RecordedEvent {
  let event: unknown;
  try {
    event = JSON.parse(bytes.toString());
  } catch {
    // What the API server sent is sent again, understood or not.
  }
  const object = at(event, 'object');
  const metadata = at(object, 'metadata');
  const mark = at(at(metadata, 'annotations'), 'k8s.io/initial-events-end');
  const name = (value: unknown) => (typeof value === 'string' && /^[\w./-]{1,300}$/.test(value) ? value : '');
  return {
    type: name(at(event, 'type')),
    kind: name(at(object, 'kind')),
    apiVersion: name(at(object, 'apiVersion')),
    version: name(at(metadata, 'resourceVersion')),
    isInitialEnd: mark === 'true',
  };
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

const BEFORE_ITEM = Buffer.from('{"type":"ADDED","object":');

/** The object of an event, as it stands there. */
function itemOf(bytes: Buffer): Buffer[] {
  if (!BEFORE_ITEM.equals(bytes.subarray(0, BEFORE_ITEM.length))) return [];
  return [bytes.subarray(BEFORE_ITEM.length, bytes.lastIndexOf('}'))];
}

/** In recordings of one API server numbers; elsewhere the later one is as good. */
function newest(a: string, b: string): string {
  return /^\d{1,15}$/.test(a) && /^\d{1,15}$/.test(b) && Number(a) > Number(b) ? a : b === '' ? a : b;
}
