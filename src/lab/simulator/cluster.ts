/** A simulated cluster: its Nodes and what kubelets do to them, and objects of the other kinds beside them. */
import { startHeartbeats } from './heartbeats.ts';
import { NODE } from './kind.ts';
import { withCondition, withHeartbeat, withLabels, withUnschedulable } from './node-changes.ts';
import { createNode } from './node-factory.ts';
import { ObjectStore } from './object-store.ts';
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

/** A store whose Nodes are at home in it; Nodes go by their names. */
export class Cluster extends ObjectStore {
  readonly #options: ClusterOptions;
  #nodesMade = 0;

  constructor(options: ClusterOptions) {
    super(options.historyEvents);
    this.#options = options;
    for (let index = 0; index < options.nodes; index++) {
      this.addNode(`node-${String(index).padStart(4, '0')}`);
    }
    this.forgetHistory();
  }

  /** All Nodes as they are now, sorted by name as the API server lists them. */
  nodes(): NodeObject[] {
    return this.objects(NODE);
  }

  /** The names of all Nodes, in no particular order. */
  nodeNames(): string[] {
    return this.keys(NODE);
  }

  /** The Node of this name, or undefined. */
  node(name: string): NodeObject | undefined {
    return this.object(NODE, name);
  }

  /** Adds a Node; one that was deleted comes back with another uid. @throws Error when the name is taken. */
  addNode(name: string): NodeObject {
    const index = this.#nodesMade;
    const node = createNode({
      name,
      index,
      images: this.#options.imagesPerNode,
      seed: `${this.#options.seed}/${index}`,
      resourceVersion: this.resourceVersion + 1,
      time: this.#time(),
    });
    const added = this.add(NODE, node);
    this.#nodesMade++;
    return added;
  }

  /** Deletes a Node at once. @throws Error when there is none of this name. */
  deleteNode(name: string): void {
    this.remove(NODE, name);
  }

  /** Replaces a Node by what `change` makes of it, at the next resourceVersion. @throws Error when there is none of this name. */
  update(name: string, change: (node: NodeObject) => NodeObject): NodeObject {
    return this.change(NODE, name, change);
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

  #time(): string {
    return new Date(this.#options.timers.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}
