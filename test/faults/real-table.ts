/**
 * Faults between a real kube-apiserver and client-go informers, and how often these then list, directly and through the
 * proxy. Documentation (docs/faults.md) and test (test/e2e/scenarios/faults.ts) in one: a figure that is not true fails.
 */
import type { HttpVersion } from './table.ts';

interface RealFault {
  readonly id: string;
  readonly fault: string;
  readonly happens: string;
  /** Where it cannot happen over every version. */
  readonly only?: HttpVersion;
  /** LISTs because of it, in the order direct, through the proxy; of which one may break off. */
  readonly lists: readonly [direct: number, proxied: number];
}

export const REAL_FAULTS = [
  {
    id: 'end',
    fault: 'end',
    happens: 'all watches end behind a whole frame',
    lists: [0, 0],
  },
  {
    id: 'end-in-frame',
    fault: 'end inside a frame',
    happens: 'all responses end in the middle of what was sent last',
    lists: [0, 0],
  },
  {
    id: 'lost',
    fault: 'connections lost between frames',
    happens: 'all connections are closed',
    lists: [0, 0],
  },
  {
    id: 'lost-in-frame',
    fault: 'connections lost inside a frame',
    happens: 'all connections are closed in the middle of what was sent last',
    lists: [0, 0],
  },
  { id: 'reset', fault: 'connections reset', happens: 'TCP RST', lists: [0, 0] },
  {
    id: 'stream-reset',
    fault: 'streams reset',
    happens: 'RST_STREAM INTERNAL_ERROR: for client-go an error 500, for which it lists',
    only: '2',
    lists: [1, 0],
  },
  {
    id: 'goaway',
    fault: 'GOAWAY',
    happens: 'NO_ERROR; watches go on until they are ended, then use another connection',
    only: '2',
    lists: [0, 0],
  },
  { id: 'stall', fault: 'stall, then more', happens: 'nothing comes for 2 s, then all of it', lists: [0, 0] },
  {
    id: 'refused',
    fault: 'connection refused',
    happens: 'nobody listens for 2 s',
    lists: [0, 0],
  },
  {
    id: 'hang-up',
    fault: 'hang-up',
    happens: 'the next watch is answered by a closed connection',
    lists: [0, 0],
  },
  { id: '410', fault: '410', happens: 'the next watch is answered so: a Status, Expired', lists: [1, 1] },
  { id: '429', fault: '429 with Retry-After', happens: 'the next watch is answered so', lists: [0, 0] },
  {
    id: '500',
    fault: '500',
    happens: 'the next watch is answered so: a Status, InternalError',
    lists: [1, 1],
  },
  { id: '503', fault: '503 with Retry-After', happens: 'the next watch is answered so', lists: [0, 0] },
  {
    id: '503-bare',
    fault: '503 without Retry-After',
    happens: 'the next watch is answered so',
    lists: [1, 1],
  },
  { id: '504', fault: '504', happens: 'the next watch is answered so', lists: [1, 1] },
  {
    id: '401',
    fault: '401',
    happens: 'the next watch is answered so: a token that has expired',
    lists: [1, 1],
  },
  { id: '403', fault: '403', happens: 'the next watch is answered so: rights taken away', lists: [1, 1] },
  {
    id: 'list-cut',
    fault: 'connection lost in the middle of a LIST',
    happens: 'a 410 makes the client list, and the first half of the LIST is all that comes',
    lists: [2, 2],
  },
] as const satisfies readonly RealFault[];

export type RealFaultRow = (typeof REAL_FAULTS)[number];
