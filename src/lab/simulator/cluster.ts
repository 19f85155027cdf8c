/**
 * The state of a simulated cluster: its Nodes, their history and who wants to know. Each change gets
 * the next resourceVersion and one event in a bounded log, so that watchers are cursors into it.
 */
import { ClusterEvent } from './cluster-event.ts';
import { startHeartbeats } from './heartbeats.ts';
import {
  withCondition,
  withHeartbeat,
  withLabels,
  withResourceVersion,
  withUnschedulable,
} from './node-changes.ts';
import { createNode } from './node-factory.ts';
import type { HeartbeatOptions, Heartbeats } from './heartbeats.ts';
import type { NodeObject } from './node-object.ts';
import type { Timers } from './timers.ts';

/** What a cluster is made from. */
export interface ClusterOptions {
  /** Number of Nodes at the start, named `node-0000` and so on. */
  readonly nodes: number;
  /** Images per Node. */
  readonly imagesPerNode: number;
  /** The same seed gives the same Nodes. */
  readonly seed: string;
  /** Events kept for watchers that resume; older ones are answered by 410. */
  readonly historyEvents: number;
  readonly timers: Timers;
}

/** Where the count starts: high enough that a test can ask for something older. */
const FIRST_RESOURCE_VERSION = 1000;

/** A cluster of nothing but Nodes. Every change is an event, also one that changes nothing. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #nodes = new Map<string, NodeObject>();
  /** By resourceVersion, without gaps from `#oldest + 1` to `#newest`. */
  readonly #history = new Map<number, ClusterEvent>();
  readonly #listeners = new Set<() => void>();
  #newest = FIRST_RESOURCE_VERSION;
  #oldest = FIRST_RESOURCE_VERSION;
  #nodesMade = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    for (let index = 0; index < options.nodes; index++) {
      this.addNode(`node-${String(index).padStart(4, '0')}`);
    }
    // As after a restart of the API server: what was there before cannot be watched.
    this.#history.clear();
    this.#oldest = this.#newest;
  }

  /** The resourceVersion of the last change; whole numbers that grow by one. */
  get resourceVersion(): number {
    return this.#newest;
  }

  /** The oldest resourceVersion a watch can resume from. */
  get oldestResourceVersion(): number {
    return this.#oldest;
  }

  /** All Nodes as they are now, sorted by name as the API server lists them. */
  nodes(): NodeObject[] {
    return sorted(this.#nodes);
  }

  /** All Nodes as they were, in the same order; undefined where that was forgotten. */
  nodesAt(resourceVersion: number): NodeObject[] | undefined {
    if (resourceVersion < this.#oldest) return undefined;
    const nodes = new Map(this.#nodes);
    for (let at = this.#newest; at > resourceVersion; at--) {
      const event = this.#history.get(at);
      const name = nameOf(event?.previous ?? event?.current);
      if (event?.previous === undefined) nodes.delete(name);
      else nodes.set(name, event.previous);
    }
    return sorted(nodes);
  }

  /** The names of all Nodes, in no particular order. */
  nodeNames(): string[] {
    return [...this.#nodes.keys()];
  }

  /** The Node of this name, or undefined. */
  node(name: string): NodeObject | undefined {
    return this.#nodes.get(name);
  }

  /** The event right after `resourceVersion`, or undefined when there is none (or it was forgotten). */
  eventAfter(resourceVersion: number): ClusterEvent | undefined {
    return this.#history.get(resourceVersion + 1);
  }

  /** Calls `listener` after each change; returns the removal. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Adds a Node; one that was deleted comes back with another uid. @throws Error when the name is taken. */
  addNode(name: string): NodeObject {
    if (this.#nodes.has(name)) throw new Error(`there is already a Node named "${name}"`);
    const index = this.#nodesMade++;
    const node = createNode({
      name,
      index,
      images: this.#options.imagesPerNode,
      seed: `${this.#options.seed}/${index}`,
      resourceVersion: this.#newest + 1,
      time: this.#time(),
    });
    return this.#commit(name, undefined, node);
  }

  /** Deletes a Node at once. @throws Error when there is none of this name. */
  deleteNode(name: string): void {
    const previous = this.#existing(name);
    this.#nodes.delete(name);
    this.#append(new ClusterEvent(this.#newest + 1, previous, undefined));
  }

  /** Replaces a Node by what `change` makes of it, at the next resourceVersion. @throws Error when there is none of this name. */
  update(name: string, change: (node: NodeObject) => NodeObject): NodeObject {
    const previous = this.#existing(name);
    return this.#commit(name, previous, withResourceVersion(change(previous), this.#newest + 1));
  }

  /** One heartbeat of one kubelet: nothing changes that anyone should care for. */
  heartbeat(name: string): NodeObject {
    return this.update(name, (node) => withHeartbeat(node, this.#time()));
  }

  /** Sets one label, or removes it where `value` is null. */
  setLabel(name: string, key: string, value: string | null): NodeObject {
    return this.update(name, (node) => withLabels(node, { [key]: value }));
  }

  /** Sets the status (`True`, `False`, `Unknown`) of one condition, which is added where it is missing. */
  setCondition(name: string, type: string, status: string): NodeObject {
    return this.update(name, (node) => withCondition(node, { type, status }, this.#time()));
  }

  /** Marks a Node unschedulable, or takes the mark away. */
  cordon(name: string, unschedulable: boolean): NodeObject {
    return this.update(name, (node) => withUnschedulable(node, unschedulable));
  }

  /** Starts heartbeats on all Nodes in turn, and real changes if asked, until stopped. */
  startHeartbeats(options: HeartbeatOptions): Heartbeats {
    return startHeartbeats(this, options, this.#options.timers);
  }

  #commit(name: string, previous: NodeObject | undefined, node: NodeObject): NodeObject {
    this.#nodes.set(name, node);
    this.#append(new ClusterEvent(this.#newest + 1, previous, node));
    return node;
  }

  #append(event: ClusterEvent): void {
    this.#newest = event.resourceVersion;
    this.#history.set(event.resourceVersion, event);
    while (this.#history.size > this.#options.historyEvents) this.#history.delete(++this.#oldest);
    for (const listener of this.#listeners) listener();
  }

  #existing(name: string): NodeObject {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`there is no Node named "${name}"`);
    return node;
  }

  #time(): string {
    return new Date(this.#options.timers.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

function sorted(nodes: ReadonlyMap<string, NodeObject>): NodeObject[] {
  return [...nodes.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, node]) => node);
}

function nameOf(node: NodeObject | undefined): string {
  return node?.metadata.name ?? '';
}
