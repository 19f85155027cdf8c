/**
 * The table of all settings: the one place that knows their names, kinds, defaults and help. Flags,
 * environment names, file keys, `--help` and docs/settings.md are all derived from it (R33).
 */
import { type Projection, type SievedResource } from '../core/projection/filter.ts';
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
      'YAML file with settings, keyed by their names in camelCase. Where it is not named, it may be missing, and ' +
      'must not say where to connect, listen or write.',
  }),
  mode: setting('General', 'mode', choice('filter', 'observe'), {
    default: 'filter',
    live: true,
    help: 'filter drops what the client need not see; observe forwards everything and counts what it would have dropped.',
  }),
  drainTimeoutMs: setting('General', 'drain-timeout', duration('0s', '10m'), {
    default: '1s',
    help: 'Time over which running streams are ended on SIGTERM.',
  }),
  clientGraceMs: setting('General', 'client-grace', duration('0s', '1h'), {
    default: '0s',
    help: 'On SIGTERM, serve for as long as clients are connected, at most this long, before streams are ended: for an ordinary container, which is told to end at the same moment as its client.',
  }),
  listen: setting('Clients', 'listen', address, {
    default: '127.0.0.1:17480',
    inFile: 'named',
    help: 'Where clients connect, by https. With port 0 the port of the last run is taken again where it is free.',
  }),
  stateDir: setting('Clients', 'state-dir', path, {
    default: '/run/watchsieve',
    inFile: 'named',
    help: 'Directory for the CA, the serving certificate and the kubeconfig that clients use.',
  }),
  tokenFile: setting('Clients', 'token-file', path, {
    default: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    inFile: 'named',
    help: "File with the client's token, as the client sees it; only named in the kubeconfig, never read here.",
  }),
  inClusterTokenFile: setting('Clients', 'in-cluster-token-file', absolutePath, {
    inFile: 'named',
    help:
      'For clients that read the in-cluster configuration: where they have their token, as they see it. ' +
      'serviceaccount in --state-dir then has ca.crt, namespace, and token as a link to it; it is never read here.',
  }),
  inClusterNamespace: setting('Clients', 'in-cluster-namespace', name, {
    inFile: 'named',
    help: 'The namespace of those clients.',
  }),
  clientPresets: setting('Clients', 'client-presets', presetNames, {
    inFile: 'named',
    repeats: true,
    help:
      'Presets, or projections of Nodes, of clients for which other parts count than by --preset: for each ' +
      'kubeconfig-NAME is written into --state-dir, whose server has the path /for/NAME.',
  }),
  credentials: setting('Clients', 'credentials', choice('forward', 'kubeconfig'), {
    default: 'forward',
    inFile: 'named',
    help:
      "forward passes the client's own credentials on; kubeconfig, for a developer's desk, uses those of " +
      '--kubeconfig for clients that have the kubeconfig in --state-dir, which is then a secret.',
  }),
  slowClientTimeoutMs: setting('Clients', 'slow-client-timeout', duration('100ms', '10m'), {
    default: '30s',
    help: 'A filtered watch is ended when its client has taken nothing for this long while something waits for it.',
  }),
  maxConnections: setting('Clients', 'max-connections', count('1', '1000000'), {
    default: '500',
    help: 'Client connections at one time; one without a request makes room for one more, which is otherwise closed at once.',
  }),
  maxStreams: setting('Clients', 'max-streams', count('1', '1000000'), {
    default: '200',
    help: 'Filtered watches at one time; one more is answered 429 with Retry-After.',
  }),
  maxUpgrades: setting('Clients', 'max-upgrades', count('1', '1000000'), {
    default: '50',
    help:
      'Upgraded connections (exec, attach, port-forward, WebSockets) at one time, each with one of its own ' +
      'upstream; beyond it, the caller with the most gives way.',
  }),
  maxRequests: setting('Clients', 'max-requests', count('1', '1000000'), {
    default: '500',
    help:
      'Requests in flight at one time, filtered watches and upgrades left out; beyond it, the caller with the most ' +
      'gives way.',
  }),
  memoryBudgetBytes: setting('Clients', 'memory-budget', size('16MiB', '64GiB'), {
    default: '64MiB',
    help:
      'Most that is kept on behalf of clients, all together: heads, bodies, queues, what watches are known to hold. ' +
      'The process itself needs some 120 MiB besides.',
  }),
  kubeconfig: setting('Upstream', 'kubeconfig', path, {
    inFile: 'named',
    alsoEnv: ['KUBECONFIG'],
    help:
      "File with the API server's address and CA; KUBECONFIG may name several. Without it, the cluster of this Pod, " +
      'and outside of a Pod ~/.kube/config.',
  }),
  context: setting('Upstream', 'context', name, {
    inFile: 'named',
    help: "Context to use in place of the kubeconfig's current one.",
  }),
  upstreamHttp: setting('Upstream', 'upstream-http', choice('auto', '1.1'), {
    default: 'auto',
    help: 'auto speaks HTTP/2 where the API server does; 1.1 never does.',
  }),
  upstreamConnectTimeoutMs: setting('Upstream', 'upstream-connect-timeout', WAIT, {
    default: '10s',
    help: 'Limit for TCP and TLS set-up of a new connection.',
  }),
  upstreamPingIntervalMs: setting('Upstream', 'upstream-ping-interval', WAIT, {
    default: '30s',
    help: 'How often an HTTP/2 connection is probed, to notice a peer that has vanished.',
  }),
  upstreamPingTimeoutMs: setting('Upstream', 'upstream-ping-timeout', WAIT, {
    default: '15s',
    help: 'A probe not answered within this time ends the connection.',
  }),
  ...HUB_ROWS,
  preset: setting('Filter', 'preset', presetName, {
    default: 'metallb',
    live: true,
    help:
      'Which parts of a Node count as a change: metallb, all that any MetalLB release reads; metallb-upstream, ' +
      "what MetalLB's own filter compares; labels, these alone; heartbeat, everything but heartbeat times; the " +
      'name of another program that reads Nodes, what that one reads; or a projection that the config file defines.',
  }),
  resources: setting('Filter', 'resources', resourceList, {
    live: true,
    repeats: true,
    help:
      'Resources that are sieved besides Nodes, each by a projection; without one, by all that it holds but ' +
      'metadata.resourceVersion and managedFields (content). One that Kubernetes itself does not have needs version and ' +
      'kind, as ciliumnodes.cilium.io/v2/CiliumNode, and is read as JSON only.',
  }),
  bookmarkIntervalMs: setting('Filter', 'bookmark-interval', duration('100ms', '10m'), {
    default: '10s',
    help: 'A client that asked for bookmarks gets one at most this long after an event was swallowed.',
  }),
  heldFrameAgeMs: setting('Filter', 'held-frame-age', duration('100ms', '10m'), {
    default: '20s',
    help:
      'A client that did not ask for bookmarks gets the last swallowed event at most this long after the first; ' +
      'below 30s for @kubernetes/client-node, which reconnects after 30s without a byte.',
  }),
  maxSuppressionMs: setting('Filter', 'max-suppression', duration('0s', '168h'), {
    default: '60m',
    help: 'An object that was not delivered for this long (or a little less) passes with its next event; 0s: never.',
  }),
  verifyIntervalMs: setting('Filter', 'verify-interval', duration('0s', '24h'), {
    default: '0s',
    help:
      'About how often the baseline of each open watch is compared with a LIST of its own, straight from upstream ' +
      "with the watch's token; each is as dear as any LIST; 0s: never.",
  }),
  maxFrameBytes: setting('Filter', 'max-frame-bytes', size('1KiB', '1GiB'), {
    default: '16MiB',
    help: 'A watch event longer than this is passed on without being examined.',
  }),
  adminListen: setting('Admin', 'admin-listen', address, {
    default: '127.0.0.1:17481',
    inFile: 'named',
    help: 'Where /metrics, /livez, /readyz and /debug are served, by plain http; a loopback address.',
  }),
  metricsListen: setting('Admin', 'metrics-listen', address, {
    inFile: 'named',
    help: 'Where /metrics, /livez and /readyz alone are served to other machines, by plain http.',
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

/** All fields, in the table's order. */
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
