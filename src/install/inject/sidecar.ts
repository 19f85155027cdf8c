/**
 * What a Pod needs to run watchsieve beside a client: containers, volumes, and what the client's own container
 * gains. The one place that knows this shape; pure.
 */
import type { Json } from '../../platform/text/json-value.ts';
import { hubSources, hubVariables, type HubWish } from './hub.ts';
import { type Leading, leadingPieces } from './leading.ts';
import { CA_VOLUME, CONFIG_VOLUME, SERVICE_ACCOUNT_DIR, SIDECAR, SIDECAR_INIT, STATE_DIR } from './names.ts';
import type { Resources } from './resources.ts';

/**
 * `native`: an init container that goes on running (Kubernetes 1.29 or newer), so that the client starts when the
 * proxy is ready. `ordinary`: an init container writes the files, the proxy runs as one container among others.
 */
export const VARIANTS = ['native', 'ordinary'] as const;
export type Variant = (typeof VARIANTS)[number];

/** For clients, for administration, for metrics. */
export interface Ports {
  readonly proxy: number;
  readonly admin: number;
  readonly metrics: number;
}

/** The three ports in a row from `base`. */
export function portsFrom(base: number): Ports {
  return { proxy: base, admin: base + 1, metrics: base + 2 };
}

/** Of a speaker. */
export const DEFAULT_PORT = 17480;
/** What a second client on the same node adds: frr-k8s runs beside the speaker, both on the host's network. */
export const SECOND_CLIENT_OFFSET = 10;

/** What `serve` filters by where nobody says otherwise. */
export const DEFAULT_PRESET = 'metallb';

export interface SidecarOptions {
  readonly image: string;
  readonly variant: Variant;
  readonly leading: Leading;
  readonly ports: Ports;
  readonly preset: string;
  /** Whether the Pod shares the node's loopback, which is where the kubelet's probes can go then. */
  readonly isHostNetwork: boolean;
  readonly resources: Resources;
  /** Variables that say where the API server is, where the client has its own. */
  readonly way: readonly Json[];
  /** Undefined for none. */
  readonly hub?: HubWish | undefined;
}

export type Fields = Readonly<Record<string, Json>>;

/** Everything that is added, by the list it is added to. */
export interface Sidecar {
  readonly initContainers: readonly Fields[];
  readonly containers: readonly Fields[];
  readonly volumes: readonly Fields[];
  /** Of the client's container. */
  readonly env: readonly Fields[];
  /** Of the client's container. */
  readonly volumeMounts: readonly Fields[];
}

/** The pieces for one Pod. */
export function sidecar(options: SidecarOptions): Sidecar {
  const { variant, leading, ports: own } = options;
  const { env, volumeMounts, volumes } = leadingPieces(leading, own.proxy);
  return {
    initContainers: [variant === 'native' ? nativeSidecar(options) : initContainer(options)],
    containers: variant === 'native' ? [] : [ordinarySidecar(options)],
    volumes: [...ownVolumes(options), ...volumes],
    env,
    volumeMounts,
  };
}

function nativeSidecar(options: SidecarOptions): Fields {
  return {
    name: SIDECAR,
    image: options.image,
    imagePullPolicy: 'IfNotPresent',
    restartPolicy: 'Always',
    args: ['serve'],
    env: environment(options),
    ports: ports(options),
    startupProbe: startupProbe(options),
    livenessProbe: livenessProbe(options),
    resources: resourcesOf(options),
    ...CONFINEMENT,
  };
}

function ordinarySidecar(options: SidecarOptions): Fields {
  return {
    name: SIDECAR,
    image: options.image,
    imagePullPolicy: 'IfNotPresent',
    args: ['serve'],
    env: environment(options, CLIENT_GRACE),
    ports: ports(options),
    readinessProbe: { httpGet: probe(options, '/readyz'), initialDelaySeconds: 3, periodSeconds: 5 },
    livenessProbe: livenessProbe(options),
    resources: resourcesOf(options),
    ...CONFINEMENT,
  };
}

function initContainer(options: SidecarOptions): Fields {
  return {
    name: SIDECAR_INIT,
    image: options.image,
    imagePullPolicy: 'IfNotPresent',
    args: ['init'],
    env: environment(options),
    resources: resourcesOf(options),
    ...CONFINEMENT,
  };
}

/** @param own - of this kind of container alone */
function environment(
  { ports: { proxy, admin, metrics }, leading, preset: asked, way, hub }: SidecarOptions,
  ...own: readonly Json[]
): readonly Json[] {
  const preset = asked === DEFAULT_PRESET ? undefined : asked;
  // fd00::7:9002 is an address by itself, and one with five digits at its end is none.
  const podIp = metrics < 10_000 ? '[$(POD_IP)]' : '$(POD_IP)';
  const fixed: readonly Json[] = [
    { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'WATCHSIEVE_LISTEN', value: `127.0.0.1:${proxy}` },
    { name: 'WATCHSIEVE_ADMIN_LISTEN', value: `127.0.0.1:${admin}` },
    { name: 'WATCHSIEVE_METRICS_LISTEN', value: `${podIp}:${metrics}` },
    ...leadingPieces(leading, proxy).sidecarEnv,
    ...own,
    ...way,
    ...hubVariables(hub, preset),
  ];
  return preset === undefined ? fixed : [...fixed, { name: 'WATCHSIEVE_PRESET', value: preset }];
}

function resourcesOf({ resources: { requests, limits } }: SidecarOptions): Json {
  const parts = Object.entries({ requests, limits });
  return Object.fromEntries(parts.filter(([, amounts]) => Object.keys(amounts).length > 0));
}

/** Metrics only: on the host's network a containerPort is a port of the node. */
function ports({ ports: { metrics } }: SidecarOptions): readonly Json[] {
  return [{ name: SIDECAR, containerPort: metrics, protocol: 'TCP' }];
}

/** Off the host's network the kubelet reaches the Pod's address only, and there the metrics listener. */
function probe({ isHostNetwork, ports: { admin, metrics } }: SidecarOptions, path: string): Json {
  return isHostNetwork ? { host: '127.0.0.1', port: admin, path } : { port: metrics, path };
}

/**
 * The client needs listener and files, not the API server: a sidecar that waited for that one too would be killed every
 * minute for as long as it is away. A probe that fails is a Warning event of the Pod, so the first one comes when a
 * sidecar has started as a rule: that takes 0.3 s of CPU, and a tenth of a core suffices for it within this time. Every
 * client's start waits as long, so a node with less to spare has that event.
 */
function startupProbe(options: SidecarOptions): Json {
  return {
    httpGet: probe(options, '/livez'),
    initialDelaySeconds: 3,
    periodSeconds: 1,
    failureThreshold: 60,
  };
}

function livenessProbe(options: SidecarOptions): Json {
  return { httpGet: probe(options, '/livez'), periodSeconds: 10, failureThreshold: 6 };
}

/** Both containers of the Pod are told to end at once: the sidecar serves until its client has gone. */
const CLIENT_GRACE: Json = { name: 'WATCHSIEVE_CLIENT_GRACE', value: '30s' };

const CONFINEMENT: Fields = {
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
  volumeMounts: [
    { name: SIDECAR, mountPath: STATE_DIR },
    { name: CONFIG_VOLUME, mountPath: '/etc/watchsieve', readOnly: true },
    // CAs alone: something mounted here keeps the admission plugin from mounting a token here (I7).
    { name: CA_VOLUME, mountPath: SERVICE_ACCOUNT_DIR, readOnly: true },
  ],
};

function ownVolumes({ hub }: SidecarOptions): readonly Fields[] {
  const cluster = { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] };
  return [
    { name: SIDECAR, emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    { name: CONFIG_VOLUME, configMap: { name: 'watchsieve', optional: true } },
    { name: CA_VOLUME, projected: { sources: [{ configMap: cluster }, ...hubSources(hub)] } },
  ];
}
