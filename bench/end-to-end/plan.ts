/** One watch of a bench, as its three processes agree on it: the query carries it from client to upstream. */
import type { Encoding } from '../../src/simulator/encoding.ts';
import { resourceVersion } from '../frames.ts';

export interface WatchPlan {
  readonly encoding: Encoding;
  /** ADDED events before the ones that count; they also let both sides warm up. */
  readonly nodes: number;
  /** MODIFIED events that follow: a multiple of `changeEvery`. */
  readonly events: number;
  /** Every how many events one is a change, the last one included; all others are heartbeats. */
  readonly changeEvery: number;
  /** Events a second; 0 sends as fast as they are taken. */
  readonly rate: number;
}

const ACCEPT: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/vnd.kubernetes.protobuf;stream=watch,application/vnd.kubernetes.protobuf',
};

export function acceptOf({ encoding }: WatchPlan): string {
  return ACCEPT[encoding];
}

/** What the client asks for. Naming a resourceVersion declares that there are no initial events to wait for. */
export function targetOf({ nodes, events, changeEvery, rate }: WatchPlan): string {
  const query = new URLSearchParams({ watch: 'true', resourceVersion: String(resourceVersion(0)) });
  for (const [key, value] of Object.entries({ nodes, events, changeEvery, rate }))
    query.set(key, String(value));
  return `/api/v1/nodes?${query.toString()}`;
}

/** The plan in a request; undefined for one that is no watch. @throws Error where a number is missing */
export function planOf(target: string, accept: string): WatchPlan | undefined {
  const query = new URL(target, 'https://upstream').searchParams;
  if (query.get('watch') !== 'true') return undefined;
  const number = (key: string): number => {
    const value = Number(query.get(key) ?? Number.NaN);
    if (!Number.isInteger(value)) throw new Error(`the watch ${target} has no whole number ${key}`);
    return value;
  };
  return {
    encoding: accept.includes('protobuf') ? 'protobuf' : 'json',
    nodes: number('nodes'),
    events: number('events'),
    changeEvery: number('changeEvery'),
    rate: number('rate'),
  };
}
