/** One watch of a bench, as its three processes agree on it: the query carries it from client to upstream. */
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { numberAt, textAt } from '../../test/support/json-value.ts';
import { resourceVersion } from '../frames.ts';

export interface WatchPlan {
  readonly encoding: Encoding;
  readonly nodes: number;
  /** ADDED events to begin with: as many as there are Nodes, or none for a client that has listed them. */
  readonly added: number;
  /** MODIFIED events that follow as fast as they are taken, and are not counted: until machine code is compiled. */
  readonly warmUp: number;
  /** MODIFIED events that are measured, once all streams may go on. Like `warmUp`, a multiple of `changeEvery`. */
  readonly events: number;
  /** Every how many events one is a change, the last one included; all others are heartbeats. */
  readonly changeEvery: number;
  /** Measured events a second; 0 sends as fast as they are taken. */
  readonly rate: number;
}

const NUMBERS = ['nodes', 'added', 'warmUp', 'events', 'changeEvery', 'rate'] as const;

const ACCEPT: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/vnd.kubernetes.protobuf;stream=watch,application/vnd.kubernetes.protobuf',
};

export function acceptOf(encoding: Encoding): string {
  return ACCEPT[encoding];
}

export function encodingOf(accept: string): Encoding {
  return accept.includes('protobuf') ? 'protobuf' : 'json';
}

/** What the client asks for. Naming a resourceVersion declares that there are no initial events to wait for. */
export function targetOf(plan: WatchPlan): string {
  const query = new URLSearchParams({ watch: 'true', resourceVersion: String(resourceVersion(0)) });
  for (const key of NUMBERS) query.set(key, String(plan[key]));
  return `/api/v1/nodes?${query.toString()}`;
}

/** The plan in a watch's query; undefined where it brings none. @throws Error where a number is missing */
export function planOf(query: URLSearchParams, encoding: Encoding): WatchPlan | undefined {
  if (!query.has('nodes')) return undefined;
  return fromNumbers(encoding, (key) => Number(query.get(key) ?? Number.NaN));
}

/** A plan that has been JSON on its way. @throws TypeError where a part is missing */
export function parsePlan(value: unknown): WatchPlan {
  return fromNumbers(encodingOf(textAt(value, 'encoding')), (key) => numberAt(value, key));
}

/** How many changes come after the warm-up. */
export function changesOf({ events, changeEvery }: WatchPlan): number {
  return events / changeEvery;
}

function fromNumbers(encoding: Encoding, numberOf: (key: (typeof NUMBERS)[number]) => number): WatchPlan {
  const number = (key: (typeof NUMBERS)[number]): number => {
    const value = numberOf(key);
    if (!Number.isInteger(value)) throw new Error(`a plan has no whole number ${key}`);
    return value;
  };
  return {
    encoding,
    nodes: number('nodes'),
    added: number('added'),
    warmUp: number('warmUp'),
    events: number('events'),
    changeEvery: number('changeEvery'),
    rate: number('rate'),
  };
}
