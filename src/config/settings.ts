/**
 * The table of all settings: the one place that knows their names, kinds, defaults and help. Flags,
 * environment names, file keys, `--help` and docs/settings.md are all derived from it (R33).
 */
import { type Projection } from '../core/projection/filter.ts';
import { PRESETS } from '../core/projection/presets.ts';
import { address, choice, count, duration, type Kind, name, path, size } from './kinds.ts';
import { optional, type Setting, withDefault } from './setting.ts';

/** Headings of help and docs, in their order. */
export const GROUPS = ['General', 'Clients', 'Upstream', 'Filter', 'Admin', 'Logging'] as const;
/** A heading of help and docs. */
export type Group = (typeof GROUPS)[number];

/** Whether the file has a projection of such a name is seen once all of it has been read. */
const presetName: Kind<string> = {
  label: PRESETS.join('|'),
  allowed: `one of ${PRESETS.join(', ')}, or a name under projections in the config file`,
  schema: { type: 'string', pattern: '^[a-z][a-z0-9-]*$', examples: [...PRESETS] },
  parse: (text) => (/^[a-z][a-z0-9-]*$/.test(text) ? text : undefined),
};

/** Others would be taken from where a link to it lies. */
const absolutePath: Kind<string> = {
  label: 'path',
  allowed: 'an absolute path',
  schema: { type: 'string', pattern: '^/' },
  parse: (text) => (text.startsWith('/') ? path.parse(text) : undefined),
};

const WAIT = duration('100ms', '10m');

/** Every setting, keyed by its field in {@link Settings}: quantities carry their unit there. */
export const SETTINGS = {
  config: withDefault(
    {
      flag: 'config',
      group: 'General',
      help:
        'YAML file with settings, keyed by their names in camelCase. Where it is not named, it may be missing, and ' +
        'must not say where to connect, listen or write.',
      inFile: 'none',
    },
    path,
    '/etc/watchsieve/config.yaml',
  ),
  mode: withDefault(
    {
      flag: 'mode',
      group: 'General',
      live: true,
      help: 'filter drops what the client need not see; observe forwards everything and counts what it would have dropped.',
    },
    choice('filter', 'observe'),
    'filter',
  ),
  drainTimeoutMs: withDefault(
    {
      flag: 'drain-timeout',
      group: 'General',
      help: 'Time over which running streams are ended on SIGTERM.',
    },
    duration('0s', '10m'),
    '1s',
  ),
  clientGraceMs: withDefault(
    {
      flag: 'client-grace',
      group: 'General',
      help: 'On SIGTERM, serve for as long as clients are connected, at most this long, before streams are ended: for an ordinary container, which is told to end at the same moment as its client.',
    },
    duration('0s', '1h'),
    '0s',
  ),
  listen: withDefault(
    {
      flag: 'listen',
      group: 'Clients',
      inFile: 'named',
      help: 'Where clients connect, by https. With port 0 the port of the last run is taken again where it is free.',
    },
    address,
    '127.0.0.1:17480',
  ),
  stateDir: withDefault(
    {
      flag: 'state-dir',
      group: 'Clients',
      inFile: 'named',
      help: 'Directory for the CA, the serving certificate and the kubeconfig that clients use.',
    },
    path,
    '/run/watchsieve',
  ),
  tokenFile: withDefault(
    {
      flag: 'token-file',
      group: 'Clients',
      inFile: 'named',
      help: "File with the client's token, as the client sees it; only named in the kubeconfig, never read here.",
    },
    path,
    '/var/run/secrets/kubernetes.io/serviceaccount/token',
  ),
  inClusterTokenFile: optional(
    {
      flag: 'in-cluster-token-file',
      group: 'Clients',
      inFile: 'named',
      help:
        'For clients that read the in-cluster configuration: where they have their token, as they see it. ' +
        'serviceaccount in --state-dir then has ca.crt, namespace, and token as a link to it; it is never read here.',
    },
    absolutePath,
  ),
  inClusterNamespace: optional(
    {
      flag: 'in-cluster-namespace',
      group: 'Clients',
      inFile: 'named',
      help: 'The namespace of those clients.',
    },
    name,
  ),
  credentials: withDefault(
    {
      flag: 'credentials',
      group: 'Clients',
      inFile: 'named',
      help:
        "forward passes the client's own credentials on; kubeconfig, for a developer's desk, uses those of " +
        '--kubeconfig for clients that have the kubeconfig in --state-dir, which is then a secret.',
    },
    choice('forward', 'kubeconfig'),
    'forward',
  ),
  slowClientTimeoutMs: withDefault(
    {
      flag: 'slow-client-timeout',
      group: 'Clients',
      help: 'A filtered watch is ended when its client has taken nothing for this long while something waits for it.',
    },
    duration('100ms', '10m'),
    '30s',
  ),
  maxConnections: withDefault(
    {
      flag: 'max-connections',
      group: 'Clients',
      help: 'Client connections at one time; one without a request makes room for one more, which is otherwise closed at once.',
    },
    count('1', '1000000'),
    '500',
  ),
  maxStreams: withDefault(
    {
      flag: 'max-streams',
      group: 'Clients',
      help: 'Filtered watches at one time; one more is answered 429 with Retry-After.',
    },
    count('1', '1000000'),
    '200',
  ),
  maxUpgrades: withDefault(
    {
      flag: 'max-upgrades',
      group: 'Clients',
      help:
        'Upgraded connections (exec, attach, port-forward, WebSockets) at one time, each with one of its own ' +
        'upstream; beyond it, the caller with the most gives way.',
    },
    count('1', '1000000'),
    '50',
  ),
  maxRequests: withDefault(
    {
      flag: 'max-requests',
      group: 'Clients',
      help:
        'Requests in flight at one time, filtered watches and upgrades left out; beyond it, the caller with the most ' +
        'gives way.',
    },
    count('1', '1000000'),
    '500',
  ),
  memoryBudgetBytes: withDefault(
    {
      flag: 'memory-budget',
      group: 'Clients',
      help:
        'Most that is kept on behalf of clients, all together: heads, bodies, queues, what watches are known to hold. ' +
        'The process itself needs some 120 MiB besides.',
    },
    size('16MiB', '64GiB'),
    '64MiB',
  ),
  kubeconfig: optional(
    {
      flag: 'kubeconfig',
      group: 'Upstream',
      inFile: 'named',
      help:
        "File with the API server's address and CA; KUBECONFIG may name several. Without it, the cluster of this Pod, " +
        'and outside of a Pod ~/.kube/config.',
      alsoEnv: ['KUBECONFIG'],
    },
    path,
  ),
  context: optional(
    {
      flag: 'context',
      group: 'Upstream',
      inFile: 'named',
      help: "Context to use in place of the kubeconfig's current one.",
    },
    name,
  ),
  upstreamHttp: withDefault(
    {
      flag: 'upstream-http',
      group: 'Upstream',
      help: 'auto speaks HTTP/2 where the API server does; 1.1 never does.',
    },
    choice('auto', '1.1'),
    'auto',
  ),
  upstreamConnectTimeoutMs: withDefault(
    {
      flag: 'upstream-connect-timeout',
      group: 'Upstream',
      help: 'Limit for TCP and TLS set-up of a new connection.',
    },
    WAIT,
    '10s',
  ),
  upstreamPingIntervalMs: withDefault(
    {
      flag: 'upstream-ping-interval',
      group: 'Upstream',
      help: 'How often an HTTP/2 connection is probed, to notice a peer that has vanished.',
    },
    WAIT,
    '30s',
  ),
  upstreamPingTimeoutMs: withDefault(
    {
      flag: 'upstream-ping-timeout',
      group: 'Upstream',
      help: 'A probe not answered within this time ends the connection.',
    },
    WAIT,
    '15s',
  ),
  preset: withDefault(
    {
      flag: 'preset',
      group: 'Filter',
      live: true,
      help:
        'Which parts of a Node count as a change: metallb, all that any MetalLB release reads; metallb-upstream, ' +
        "what MetalLB's own filter compares; labels, these alone; heartbeat, everything but heartbeat times; or a " +
        'projection that the config file defines.',
    },
    presetName,
    'metallb',
  ),
  bookmarkIntervalMs: withDefault(
    {
      flag: 'bookmark-interval',
      group: 'Filter',
      help: 'A client that asked for bookmarks gets one at most this long after an event was swallowed.',
    },
    duration('100ms', '10m'),
    '10s',
  ),
  heldFrameAgeMs: withDefault(
    {
      flag: 'held-frame-age',
      group: 'Filter',
      help:
        'A client that did not ask for bookmarks gets the last swallowed event at most this long after the first; ' +
        'below 30s for @kubernetes/client-node, which reconnects after 30s without a byte.',
    },
    duration('100ms', '10m'),
    '20s',
  ),
  maxSuppressionMs: withDefault(
    {
      flag: 'max-suppression',
      group: 'Filter',
      help: 'An object that was not delivered for this long (or a little less) passes with its next event; 0s: never.',
    },
    duration('0s', '168h'),
    '60m',
  ),
  verifyIntervalMs: withDefault(
    {
      flag: 'verify-interval',
      group: 'Filter',
      help:
        'About how often the baseline of each open watch is compared with a LIST of its own, straight from upstream ' +
        "with the watch's token; each is as dear as any LIST; 0s: never.",
    },
    duration('0s', '24h'),
    '0s',
  ),
  maxFrameBytes: withDefault(
    {
      flag: 'max-frame-bytes',
      group: 'Filter',
      help: 'A watch event longer than this is passed on without being examined.',
    },
    size('1KiB', '1GiB'),
    '16MiB',
  ),
  adminListen: withDefault(
    {
      flag: 'admin-listen',
      group: 'Admin',
      inFile: 'named',
      help: 'Where /metrics, /livez, /readyz and /debug are served, by plain http; a loopback address.',
    },
    address,
    '127.0.0.1:17481',
  ),
  metricsListen: optional(
    {
      flag: 'metrics-listen',
      group: 'Admin',
      inFile: 'named',
      help: 'Where /metrics, /livez and /readyz alone are served to other machines, by plain http.',
    },
    address,
  ),
  logLevel: withDefault(
    { flag: 'log-level', group: 'Logging', help: 'The least severe level that is logged.' },
    choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
  ),
  logFormat: withDefault(
    { flag: 'log-format', group: 'Logging', help: 'auto is pretty on a terminal and json elsewhere.' },
    choice('auto', 'json', 'pretty'),
    'auto',
  ),
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
  readonly projection: Projection;
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
