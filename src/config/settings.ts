/**
 * The table of all settings: the one place that knows their names, kinds, defaults and help. Flags,
 * environment names, file keys, `--help` and docs/settings.md are all derived from it (R33).
 */
import type { Projection, SievedResource } from '../core/projection/filter.ts';
import { HUB_ROWS } from './hub-rows.ts';
import { absolutePath, address, choice, count, duration, logLevel, name, path, size } from './kinds.ts';
import { presetName, presetNames } from './preset-name.ts';
import { resourceList } from './read-resources.ts';
import { type Setting, setting } from './setting.ts';

/** Headings of help and docs, in their order. */
export const GROUPS = ['General', 'Clients', 'Upstream', 'Filter', 'Admin', 'Logging'] as const;

const WAIT = duration('100ms', '10m');

/** Every setting, keyed by its field in {@link Settings}: quantities carry their unit there. */
export const SETTINGS = {
  config: setting('General', 'config', path, {
    default: '/etc/watchsieve/config.yaml',
    inFile: 'none',
    help:
      'YAML file with settings; the keys are their names in camelCase. The file at the default path may be ' +
      'missing, and may not set where to connect, listen or write.',
  }),
  mode: setting('General', 'mode', choice('filter', 'observe'), {
    default: 'filter',
    live: true,
    help:
      'filter drops what the client need not see; observe forwards everything and counts what it would have ' +
      'dropped.',
  }),
  drainTimeoutMs: setting('General', 'drain-timeout', duration('0s', '10m'), {
    default: '1s',
    help: 'On SIGTERM, the time over which open streams are ended.',
  }),
  clientGraceMs: setting('General', 'client-grace', duration('0s', '1h'), {
    default: '0s',
    help:
      'On SIGTERM, continue to serve while clients are connected, but at most this long, before streams are ' +
      'ended. For an ordinary container, which is stopped at the same moment as its client.',
  }),
  listen: setting('Clients', 'listen', address, {
    default: '127.0.0.1:17480',
    inFile: 'named',
    help: 'Where clients connect, over https. With port 0, the port of the last run is used again if it is free.',
  }),
  stateDir: setting('Clients', 'state-dir', path, {
    default: '/run/watchsieve',
    inFile: 'named',
    help: 'Directory for the CA, the serving certificate and the kubeconfig that clients use.',
  }),
  tokenFile: setting('Clients', 'token-file', path, {
    default: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    inFile: 'named',
    help:
      "File with the client's token, as the client sees it. The kubeconfig names this file; watchsieve never " +
      'reads it.',
  }),
  inClusterTokenFile: setting('Clients', 'in-cluster-token-file', absolutePath, {
    inFile: 'named',
    help:
      'For clients that read the in-cluster configuration: the file with their token, as they see it. The ' +
      'directory serviceaccount in --state-dir then has ca.crt, namespace, and token, a link to this file. ' +
      'watchsieve never reads the file.',
  }),
  inClusterNamespace: setting('Clients', 'in-cluster-namespace', name, {
    inFile: 'named',
    help: 'The namespace of the clients of --in-cluster-token-file.',
  }),
  clientPresets: setting('Clients', 'client-presets', presetNames, {
    inFile: 'named',
    repeats: true,
    help:
      'Presets, or projections of Nodes, for clients that need another one than --preset. For each name, ' +
      '--state-dir gets a file kubeconfig-NAME, whose server has the path /for/NAME.',
  }),
  credentials: setting('Clients', 'credentials', choice('forward', 'kubeconfig'), {
    default: 'forward',
    inFile: 'named',
    help:
      "forward passes the client's own credentials on. kubeconfig, for a developer's machine, uses the " +
      'credentials of --kubeconfig for every client that has the kubeconfig in --state-dir; that file is then ' +
      'a secret.',
  }),
  slowClientTimeoutMs: setting('Clients', 'slow-client-timeout', duration('100ms', '10m'), {
    default: '30s',
    help:
      'A filtered watch is ended if its client has read nothing for this long although bytes are waiting for ' +
      'it.',
  }),
  maxConnections: setting('Clients', 'max-connections', count('1', '1000000'), {
    default: '500',
    help:
      'The most client connections at one time. At the limit, a connection without a request is closed to make ' +
      'room for a new one; if there is none, the new one is closed.',
  }),
  maxStreams: setting('Clients', 'max-streams', count('1', '1000000'), {
    default: '200',
    help: 'The most filtered watches at one time. A further one is answered with 429 and Retry-After.',
  }),
  maxUpgrades: setting('Clients', 'max-upgrades', count('1', '1000000'), {
    default: '50',
    help:
      'The most upgraded connections (exec, attach, port-forward, WebSockets) at one time. Each has its own ' +
      'connection to the API server. At the limit, one of the caller that has the most is refused or ended.',
  }),
  maxRequests: setting('Clients', 'max-requests', count('1', '1000000'), {
    default: '500',
    help:
      'The most requests in flight at one time, without filtered watches and upgrades. At the limit, one of ' +
      'the caller that has the most is refused or ended.',
  }),
  memoryBudgetBytes: setting('Clients', 'memory-budget', size('16MiB', '64GiB'), {
    default: '64MiB',
    help:
      'The most memory that is kept for all clients together: heads, bodies, queues, and the objects that ' +
      'watches are known to hold. The process itself needs about 120 MiB more.',
  }),
  kubeconfig: setting('Upstream', 'kubeconfig', path, {
    inFile: 'named',
    alsoEnv: ['KUBECONFIG'],
    help:
      "File with the API server's address and CA; KUBECONFIG may name several. Without it: the cluster of this " +
      'Pod or, outside a Pod, ~/.kube/config.',
  }),
  context: setting('Upstream', 'context', name, {
    inFile: 'named',
    help: "Context to use instead of the kubeconfig's current one.",
  }),
  upstreamHttp: setting('Upstream', 'upstream-http', choice('auto', '1.1'), {
    default: 'auto',
    help: 'auto uses HTTP/2 if the API server offers it; 1.1 never does. Hubs are offered HTTP/2 in any case.',
  }),
  upstreamConnectTimeoutMs: setting('Upstream', 'upstream-connect-timeout', WAIT, {
    default: '10s',
    help: 'The longest time for setting up a new connection, TCP and TLS together.',
  }),
  upstreamPingIntervalMs: setting('Upstream', 'upstream-ping-interval', WAIT, {
    default: '30s',
    help: 'How often an HTTP/2 connection is probed, to notice that the API server has vanished.',
  }),
  upstreamPingTimeoutMs: setting('Upstream', 'upstream-ping-timeout', WAIT, {
    default: '15s',
    help: 'A connection is ended if a probe is not answered within this time.',
  }),
  ...HUB_ROWS,
  preset: setting('Filter', 'preset', presetName, {
    default: 'metallb',
    live: true,
    help:
      'Which parts of a Node count as a change. metallb: all that any MetalLB release reads. metallb-upstream: ' +
      "what MetalLB's own filter compares. labels: only the labels. heartbeat: everything but heartbeat times. " +
      'The name of another program: what that program reads. Or the name of a projection in the config file.',
  }),
  resources: setting('Filter', 'resources', resourceList, {
    live: true,
    repeats: true,
    help:
      'Resources to sieve besides Nodes, each with a projection. The default projection, content, is ' +
      'everything but metadata.resourceVersion and managedFields. A custom resource needs its version and ' +
      'kind, for example ciliumnodes.cilium.io/v2/CiliumNode, and is read only as JSON.',
  }),
  bookmarkIntervalMs: setting('Filter', 'bookmark-interval', duration('100ms', '10m'), {
    default: '10s',
    help: 'A client that asked for bookmarks gets one at most this long after an event was swallowed.',
  }),
  heldFrameAgeMs: setting('Filter', 'held-frame-age', duration('100ms', '10m'), {
    default: '20s',
    help:
      'A client that did not ask for bookmarks gets the last swallowed event at most this long after the first ' +
      'swallowed one. Must be below 30s for @kubernetes/client-node, which reconnects after 30s without a byte.',
  }),
  maxSuppressionMs: setting('Filter', 'max-suppression', duration('0s', '168h'), {
    default: '60m',
    help:
      'After an object was not delivered for this long (or a little less), its next event is forwarded even if ' +
      'nothing has changed; 0s: never.',
  }),
  verifyIntervalMs: setting('Filter', 'verify-interval', duration('0s', '24h'), {
    default: '0s',
    help:
      'About how often the baseline of each open watch is checked against a LIST, which is sent directly to ' +
      "the API server with the watch's token. Each check costs the API server one LIST; 0s: never.",
  }),
  maxFrameBytes: setting('Filter', 'max-frame-bytes', size('1KiB', '1GiB'), {
    default: '16MiB',
    help: 'A longer watch event is passed on unread.',
  }),
  adminListen: setting('Admin', 'admin-listen', address, {
    default: '127.0.0.1:17481',
    inFile: 'named',
    help: 'Where /metrics, /livez, /readyz and /debug are served, over plain http. Must be a loopback address.',
  }),
  metricsListen: setting('Admin', 'metrics-listen', address, {
    inFile: 'named',
    help: 'Where only /metrics, /livez and /readyz are served to other machines, over plain http.',
  }),
  logLevel: setting('Logging', 'log-level', logLevel, {
    default: 'info',
    help: 'The least severe level that is logged.',
  }),
  logFormat: setting('Logging', 'log-format', choice('auto', 'json', 'pretty'), {
    default: 'auto',
    help: 'auto is pretty on a terminal and json elsewhere.',
  }),
};

export type SettingField = keyof typeof SETTINGS;

type ValueOf<S> = S extends Setting<infer T> ? T : never;

/**
 * All settings, parsed: durations in milliseconds (`...Ms`), sizes in bytes, addresses as host and
 * port. What each means stands in {@link SETTINGS}.
 */
export type Settings = SettingValues & Derived;

/** What each row of {@link SETTINGS} gives. */
export type SettingValues = { readonly [F in SettingField]: ValueOf<(typeof SETTINGS)[F]> };

/** What no row gives by itself. */
export interface Derived {
  /** That of Nodes. */
  readonly projection: Projection;
  /** Nodes first. */
  readonly sieved: readonly SievedResource[];
  /** Of the file, by name: those that Nodes can be sieved by. */
  readonly ownProjections: ReadonlyMap<string, Projection>;
  /** Several only by KUBECONFIG; outside of a Pod kubectl's own. */
  readonly kubeconfigFiles: string | readonly string[] | undefined;
}

export const SETTING_FIELDS: readonly SettingField[] = Object.keys(SETTINGS).filter(isField);

function isField(key: string): key is SettingField {
  return Object.hasOwn(SETTINGS, key);
}

/** `drain-timeout` → `WATCHSIEVE_DRAIN_TIMEOUT`. */
export function envName(flag: string): string {
  return `WATCHSIEVE_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/** `drain-timeout` → `drainTimeout`. */
export function fileKey(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
