/**
 * The client-go informer of go/informer as a child process: what it asked for, what it saw, and its final
 * projected state.
 */

import { Child } from '../support/child.ts';
import { entriesAt, listAt, numberAt, parseJson, textAt, valueAt } from '../support/json-value.ts';

export type Mode = 'list-watch' | 'watch-list';
export type Encoding = 'json' | 'protobuf';

export interface InformerState {
  /** Node to projection. */
  readonly nodes: ReadonlyMap<string, unknown>;
  readonly updates: number;
  /** Updates that changed the projected state. */
  readonly changes: number;
  /** Requests sent, answered or not. A watch that asks for the initial events is a watch-list, no watch. */
  readonly lists: number;
  readonly watchLists: number;
  readonly watches: number;
  /** Of lists and watch-lists together: those that got the state. */
  readonly answeredLists: number;
  readonly cpuSeconds: number;
}

const SYNC_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 10_000;

export class Informer {
  readonly title: string;
  readonly mode: Mode;
  readonly #child: Child;
  #questions = 0;

  constructor(options: {
    readonly program: string;
    readonly kubeconfig: string;
    readonly mode: Mode;
    readonly encoding: Encoding;
    /** "direct" or "through the proxy". */
    readonly way: string;
    /** Reports no single events, and no Nodes in its state: for benches. */
    readonly isQuiet?: boolean;
    /** Takes the metadata of Nodes only. */
    readonly isMetadataOnly?: boolean;
    /** What comes before its own arguments, where the program is not started by itself. */
    readonly launch?: readonly string[];
  }) {
    const { program, kubeconfig, mode, encoding, way, isQuiet = false, isMetadataOnly = false } = options;
    this.mode = mode;
    this.title = `${mode}, ${encoding}${isMetadataOnly ? ', metadata only' : ''}, ${way}`;
    this.#child = new Child({
      name: `informer (${this.title})`,
      command: program,
      args: [
        ...(options.launch ?? []),
        ...[`--kubeconfig=${kubeconfig}`, `--mode=${mode}`, `--encoding=${encoding}`, `--quiet=${isQuiet}`],
        ...(isMetadataOnly ? ['--metadata'] : []),
      ],
      keepLines: 100_000,
    });
  }

  async synced(timeoutMs = SYNC_TIMEOUT_MS): Promise<void> {
    await this.#child.stdout.waitFor('synced', (line) => line.includes('"event":"synced"'), timeoutMs);
  }

  /** Waits until the informer has shown this version of an object to its handlers. */
  async reached(resourceVersion: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<void> {
    const quoted = `"resourceVersion":"${resourceVersion}"`;
    await this.#child.stdout.waitFor(`event with ${quoted}`, (line) => line.includes(quoted), timeoutMs);
  }

  /** The resourceVersions shown, and the projected states in the order in which each Node got them. */
  history(): { readonly seen: ReadonlySet<string>; readonly states: ReadonlyMap<string, readonly string[]> } {
    const seen = new Set<string>();
    const states = new Map<string, string[]>();
    for (const line of this.#child.stdout.lines) {
      const event = parseJson(line);
      const name = valueAt(event, 'name');
      if (typeof name !== 'string') continue;
      seen.add(textAt(event, 'resourceVersion'));
      const projection = valueAt(event, 'projection');
      if (projection === undefined) continue;
      const known = states.get(name) ?? [];
      states.set(name, [...known, JSON.stringify(projection)]);
    }
    return { seen, states };
  }

  /** Failed or refused watches, as client-go reported them. */
  watchErrors(): readonly string[] {
    return this.#child.stdout.lines.filter((line) => line.includes('"event":"watchError"'));
  }

  /** The latest requests as "METHOD TARGET STATUS", or with the error in place of the status. */
  requests(): readonly string[] {
    return this.#child.stdout.lines
      .filter((line) => line.includes('"event":"request"'))
      .map((line) => {
        const told = parseJson(line);
        const outcome = valueAt(told, 'status') ?? valueAt(told, 'error');
        return `${textAt(told, 'request')} ${String(outcome)}`;
      });
  }

  async state(): Promise<InformerState> {
    const id = String(++this.#questions);
    this.#child.writeLine(`state ${id}`);
    const isState = (line: string) => line.startsWith('{"event":"state"') && line.includes(`"id":"${id}"`);
    const line = parseJson(await this.#child.stdout.waitFor('state', isState, ANSWER_TIMEOUT_MS));
    const state = valueAt(line, 'state');
    return {
      nodes: new Map(entriesAt(state, 'nodes')),
      updates: numberAt(state, 'updates'),
      changes: numberAt(state, 'changes'),
      lists: numberAt(state, 'lists'),
      watchLists: numberAt(state, 'watchLists'),
      watches: numberAt(state, 'watches'),
      answeredLists: numberAt(state, 'answeredLists'),
      cpuSeconds: numberAt(state, 'cpuSeconds'),
    };
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}

/** What every MetalLB release together reads of a decoded Node: the oracle of the suite (R14). */
export function projectionOf(node: unknown): string {
  const conditions = listAt(node, 'status', 'conditions');
  const addresses = listAt(node, 'status', 'addresses');
  const first = conditions.find((condition) => valueAt(condition, 'type') === 'NetworkUnavailable');
  return JSON.stringify({
    labels: entriesAt(node, 'metadata', 'labels').toSorted(([a], [b]) => (a < b ? -1 : 1)),
    networkUnavailable: valueAt(first, 'status'),
    unschedulable: valueAt(node, 'spec', 'unschedulable') === true,
    internalIps: addresses
      .filter((address) => valueAt(address, 'type') === 'InternalIP')
      .map((address) => textAt(address, 'address')),
  });
}
