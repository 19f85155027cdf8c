/** A server with one history of a few Nodes. Each event is spelled once for each encoding, as a watch cache does it. */
import type { Random } from '../fuzz/random.ts';
import { laterNode } from './changes.ts';
import type { Frame } from './frame.ts';
import type { FrameType, TestEncoding } from './frame.ts';
import { randomNode } from './nodes.ts';
import type { SpelledList, Speller } from './spell.ts';
import { type Fields, fieldsOf } from './values.ts';

const NAMES = ['node-1', 'node-2', 'node-3', 'node-4'] as const;
/** Where histories begin: numbers that grow by a digit, and that a double cannot tell apart. */
const STARTS = [7n, 95n, 9007199254740980n];
const MAX_EARLIER = 6;

type State = ReadonlyMap<string, Fields>;

export interface ServerEvent {
  readonly type: FrameType;
  readonly node: Fields;
  readonly resourceVersion: string;
  /** All Nodes, once it has happened. */
  readonly state: State;
  readonly frames: Partial<Record<TestEncoding, Frame>>;
}

export class Server {
  readonly #random: Random;
  readonly #speller: Speller;
  readonly events: ServerEvent[] = [];
  /** The number of the event at this resourceVersion. */
  readonly positions = new Map<string, number>();
  readonly #earlier = new Map<string, Fields[]>();
  #resourceVersion: bigint;
  #state: State = new Map();

  constructor(random: Random, speller: Speller) {
    this.#random = random;
    this.#speller = speller;
    this.#resourceVersion = random.pick(STARTS);
    for (const name of NAMES.slice(0, 2 + random.below(3)))
      this.#set('ADDED', name, randomNode(random, name));
  }

  /** Something happens. */
  step(): void {
    const random = this.#random;
    const name = random.pick(NAMES);
    const node = this.#state.get(name);
    if (node === undefined) {
      if (random.oneIn(3))
        this.#set('ADDED', name, random.oneIn(2) ? randomNode(random, name) : this.#before(name));
      else this.step();
    } else if (random.oneIn(40)) this.#set('DELETED', name, node);
    else if (random.oneIn(25)) this.#bookmark();
    else this.#set('MODIFIED', name, laterNode(random, node, this.#earlier.get(name) ?? [node]));
  }

  frame(position: number, encoding: TestEncoding): Frame {
    const event = this.events[position];
    if (event === undefined) throw new Error(`nothing has happened at ${position}`);
    return (event.frames[encoding] ??= this.#speller.event(encoding, event.type, event.node));
  }

  /** What a watch begins with that is sent all objects first. */
  initialFrames(encoding: TestEncoding, hasBookmarks: boolean): Frame[] {
    const frames = [...this.#state.values()].map((node) => this.#speller.event(encoding, 'ADDED', node));
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    const resourceVersion = String(this.#resourceVersion);
    if (hasBookmarks)
      frames.push(this.#speller.event(encoding, 'BOOKMARK', { metadata: { resourceVersion, annotations } }));
    return frames;
  }

  /** A list of what there was once this event had happened. */
  list(
    position: number,
    encoding: TestEncoding,
    next: string,
  ): SpelledList & { readonly resourceVersion: string } {
    const event = this.events[position];
    if (event === undefined) throw new Error(`nothing has happened at ${position}`);
    const { state, resourceVersion } = event;
    return { ...this.#speller.list(encoding, [...state.values()], resourceVersion, next), resourceVersion };
  }

  get state(): State {
    return this.#state;
  }

  #before(name: string): Fields {
    return this.#random.pick(this.#earlier.get(name) ?? [randomNode(this.#random, name)]);
  }

  #set(type: FrameType, name: string, given: Fields): void {
    const node = this.#stamped(given);
    const earlier = this.#earlier.get(name) ?? [];
    earlier.push(given);
    if (earlier.length > MAX_EARLIER) earlier.shift();
    this.#earlier.set(name, earlier);
    const state = new Map(this.#state);
    if (type === 'DELETED') state.delete(name);
    else state.set(name, node);
    this.#state = state;
    this.#happened(type, node);
  }

  #bookmark(): void {
    this.#happened('BOOKMARK', this.#stamped({ metadata: {} }));
  }

  #stamped(node: Fields): Fields {
    this.#resourceVersion += BigInt(1 + this.#random.below(3));
    return {
      ...node,
      metadata: { ...fieldsOf(node['metadata']), resourceVersion: String(this.#resourceVersion) },
    };
  }

  #happened(type: FrameType, node: Fields): void {
    const resourceVersion = String(this.#resourceVersion);
    this.positions.set(resourceVersion, this.events.length);
    this.events.push({ type, node, resourceVersion, state: this.#state, frames: {} });
  }
}
