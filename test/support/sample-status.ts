/** A status as a busy sidecar has it, of any size: what tests of the page render. */
import type { Status, StreamStatus } from '../../src/serve/admin/status.ts';
import type { Explained, ExplainedWatch } from '../../src/serve/watch/explain.ts';

type HubStatus = NonNullable<Status['hub']>;
type AskedHubs = NonNullable<Status['askedHubs']>;

export function sampleStream(stream: number, over: Partial<StreamStatus> = {}): StreamStatus {
  return {
    stream,
    client: 'speaker/v0.14.5 (linux/amd64) kubernetes/$Format',
    address: '127.0.0.1:40000',
    resource: 'nodes',
    namespace: '',
    object: '',
    labelSelector: '',
    fieldSelector: '',
    resourceVersion: '1000',
    encoding: 'protobuf',
    ageSeconds: 125,
    events: 1000,
    received: 1000,
    forwarded: 10,
    swallowed: 990,
    wouldSwallow: 0,
    bytesReceived: 19_000_000,
    bytesForwarded: 190_000,
    objects: 500,
    lagSeconds: 4.2,
    queuedBytes: 0,
    pastInitialEvents: true,
    verbatim: false,
    mismatch: false,
    ...over,
  };
}

export function sampleStatus(over: Partial<Status> = {}): Status {
  return {
    version: '1.2.3',
    time: '2026-01-02T03:04:05.678Z',
    uptimeSeconds: 7320,
    state: 'ready',
    checks: [{ name: 'upstream', ok: true, note: undefined }],
    upstream: 'https://10.0.0.1:443 (context c of /etc/k)',
    mode: 'filter',
    preset: 'metallb',
    sieved: ['nodes'],
    events: { received: 2000, forwarded: 20, swallowed: 1980, wouldSwallow: 0 },
    bytes: { received: 38_000_000, forwarded: 380_000, swallowed: 37_620_000, wouldSwallow: 0 },
    wakeUpsSpared: 1975,
    verdicts: [
      { type: 'MODIFIED', verdict: 'swallowed', reason: 'unchanged', events: 1980 },
      { type: 'MODIFIED', verdict: 'forwarded', reason: 'changed', events: 12 },
      { type: 'ADDED', verdict: 'forwarded', reason: 'added', events: 8 },
    ],
    rates: { received: 50, forwarded: 0.5, swallowed: 49.5, wouldSwallow: 0 },
    history: Array.from({ length: 90 }, (_, i) => ({
      secondsAgo: 178 - 2 * i,
      received: 50,
      forwarded: 0.5,
      swallowed: 49.5,
      wouldSwallow: 0,
    })),
    historySeconds: 180,
    streams: [sampleStream(1)],
    moreStreams: 0,
    noisiest: {
      stream: 1,
      resource: 'nodes',
      of: 500,
      objects: [
        { object: 'worker-1', unchanged: 12, unchangedPerMinute: 6, forwarded: 2, forwardedPerMinute: 1 },
      ],
    },
    changes: [
      {
        at: '2026-01-02T03:04:00.000Z',
        ageSeconds: 5.678,
        resource: 'nodes',
        object: 'worker-1',
        type: 'MODIFIED',
        resourceVersion: '1234',
        paths: [{ path: 'metadata.labels["rack"]', change: 'changed' }],
        morePaths: 3,
        streams: [1],
      },
    ],
    hub: null,
    askedHubs: null,
    settings: [
      { setting: 'mode', flag: 'mode', value: 'filter', source: 'default' },
      { setting: 'drainTimeoutMs', flag: 'drain-timeout', value: 5000, source: '--drain-timeout' },
    ],
    ...over,
  };
}

/** What a hub shares: a feed in step, and one that holds nothing yet. */
export function sampleHub(over: Partial<HubStatus> = {}): HubStatus {
  const holds = { epochSeconds: 7260, objects: 5000, storeBytes: 82_000_000, journalBytes: 1_400_000 };
  const reach = { reachesBackTo: '812345', reachesBackSeconds: 900 };
  const nodes = { resource: 'nodes', preset: 'metallb', encoding: 'protobuf', heardSecondsAgo: 1 } as const;
  return {
    shared: ['nodes'],
    feeds: [
      { ...nodes, state: 'watching', epoch: 2, readers: 1234, ...holds, ...reach },
      {
        ...nodes,
        preset: 'labels',
        encoding: 'json',
        state: 'resting',
        epoch: 0,
        heardSecondsAgo: 42,
        readers: 0,
      },
    ],
    grants: 1300,
    requests: { list: 1300, watch: 2600, grant: 100, not_shared: 77 },
    readersEnded: { fallen: 2, slow_client: 1, client_gone: 1000, refused: 1 },
    lastEnded: [
      {
        client: 'speaker/v0.14.5 (linux/amd64) kubernetes/$Format',
        resource: 'nodes',
        cause: 'fallen',
        secondsAgo: 75,
      },
      { client: '', resource: 'nodes', cause: 'refused', secondsAgo: 4000 },
    ],
    ...over,
  };
}

export function sampleAskedHubs(over: Partial<AskedHubs> = {}): AskedHubs {
  return {
    hubs: ['https://10.96.0.20:443', 'https://10.96.0.21:443'],
    watches: 3,
    requests: { shared: 9, not_shared: 5, resting: 2 },
    last: 'shared',
    ...over,
  };
}

/** A Node as one watch knows it: changed in many ways, and swallowed since. */
export function sampleWatch(over: Partial<ExplainedWatch> = {}): ExplainedWatch {
  const moment = (ageSeconds: number) => ({
    at: new Date(Date.UTC(2026, 0, 2, 3, 4, 5) - ageSeconds * 1000).toISOString(),
    ageSeconds,
  });
  const { object: watchedObject, ...identity } = sampleStream(3);
  return {
    ...identity,
    watchedObject,
    mode: 'filter',
    state: 'open',
    opened: moment(480),
    ended: null,
    began: null,
    deliveredResourceVersion: '81257',
    doubt: null,
    held: true,
    meaning:
      'The object was delivered on this stream (see lastDelivered); each of the 23 events read since changed nothing that the preset compares, and was swallowed.',
    lastDelivered: { ...moment(240), reason: 'changed', resourceVersion: '81234', onThisStream: true },
    unchangedSince: { verdict: 'swallowed', events: 23, last: { ...moment(4), resourceVersion: '81257' } },
    passesUnchangedAfter: '2026-01-02T04:00:05.000Z',
    decisions: [
      {
        ...moment(240),
        type: 'MODIFIED',
        verdict: 'forwarded',
        reason: 'changed',
        resourceVersion: '81234',
        paths: [
          { path: 'metadata.labels["topology.kubernetes.io/zone"]', change: 'changed' },
          { path: 'status.conditions[NetworkUnavailable].status', change: 'changed' },
        ],
        morePaths: 2,
      },
      {
        ...moment(300),
        type: 'MODIFIED',
        verdict: 'forwarded',
        reason: 'changed',
        resourceVersion: '81111',
        paths: null,
      },
      {
        ...moment(470),
        type: 'MODIFIED',
        verdict: 'forwarded',
        reason: 'first_seen',
        resourceVersion: '80001',
      },
    ],
    olderDecisionsForgotten: false,
    ...over,
  };
}

export function sampleExplained(over: Partial<Explained> = {}): Explained {
  const ended = { at: '2026-01-02T02:56:05.000Z', ageSeconds: 480, cause: 'upstream_end' } as const;
  return {
    object: 'node-with-a-rather-long-name.eu-central-1.compute.internal',
    time: '2026-01-02T03:04:05.000Z',
    streams: [
      sampleWatch(),
      sampleWatch({ stream: 1, ended, unchangedSince: null, decisions: [], lastDelivered: null }),
    ],
    ...over,
  };
}
