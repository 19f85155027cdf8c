/** What a stream looks like from outside: for logs and `/debug/streams`. No object contents, no credentials (R26). */
import { type Sieve } from '../../core/sieve/sieve.ts';
import { type EventTally } from '../telemetry/event-tally.ts';
import { type StreamScope } from './stream-scope.ts';

/** What a stream tells of itself. */
export interface DescribedStream {
  readonly scope: StreamScope;
  readonly tally: EventTally;
  readonly encoding: string;
  readonly ageMs: number;
  readonly sieve: Sieve;
}

export interface StreamDescription {
  readonly stream: number;
  readonly client: string;
  readonly address: string;
  readonly object: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly resourceVersion: string;
  readonly encoding: string;
  readonly ageSeconds: number;
  readonly events: number;
  readonly swallowed: number;
  readonly wouldSwallow: number;
  readonly bytesReceived: number;
  readonly bytesForwarded: number;
  readonly objects: number;
  readonly pastInitialEvents: boolean;
  readonly verbatim: boolean;
  /** Whether the consistency check has found the baseline to be wrong (R22). */
  readonly mismatch: boolean;
}

export function describeStream(stream: DescribedStream): StreamDescription {
  const { scope, tally, sieve } = stream;
  return {
    stream: scope.id,
    client: scope.client,
    address: scope.address,
    object: scope.object,
    labelSelector: scope.labelSelector,
    fieldSelector: scope.fieldSelector,
    resourceVersion: scope.resourceVersion,
    encoding: stream.encoding,
    ageSeconds: Math.round(stream.ageMs) / 1000,
    events: tally.eventsReceived,
    swallowed: tally.eventsOf('swallowed'),
    wouldSwallow: tally.eventsOf('would_swallow'),
    bytesReceived: tally.bytesReceived,
    bytesForwarded: tally.bytesOf('forwarded') + tally.bytesOf('would_swallow'),
    objects: sieve.baselineSize,
    pastInitialEvents: sieve.pastInitialEvents,
    verbatim: sieve.isVerbatim,
    mismatch: sieve.isMistrusted,
  };
}
