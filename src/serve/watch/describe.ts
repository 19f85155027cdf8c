/** The description of a stream in logs and `/debug/streams`, without object contents and credentials (R26). */
import type { Sieve } from '../../core/sieve/sieve.ts';
import type { EventTally } from '../telemetry/event-tally.ts';
import type { StreamScope } from './stream-scope.ts';

/** The parts of a stream that its description uses. */
export interface DescribedStream {
  readonly scope: StreamScope;
  readonly tally: EventTally;
  readonly encoding: string;
  readonly ageMs: number;
  readonly sieve: Sieve;
}

export type StreamDescription = ReturnType<typeof describeStream>;

export function describeStream(stream: DescribedStream) {
  const { scope, tally, sieve } = stream;
  return {
    stream: scope.id,
    /** The unique name of the resource, such as `leases.coordination.k8s.io`. */
    resource: scope.resource,
    /** Empty for all namespaces and for a cluster-scoped resource. */
    namespace: scope.namespace,
    client: scope.client,
    address: scope.address,
    /** The single watched object; empty for a collection. */
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
    /** True after the consistency check found the baseline to be wrong (R22). */
    mismatch: sieve.isMistrusted,
  };
}
