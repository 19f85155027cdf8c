/**
 * Everything that a Pod needs to run watchsieve beside a client: containers, volumes, and additions to the client's
 * container. No other module knows this shape. Pure.
 */
import type { Json } from '../../platform/text/json-value.ts';
import { hubSources, hubVariables, type HubWish } from './hub.ts';
import { type Leading, leadingPieces } from './leading.ts';
import { CA_VOLUME, CONFIG_VOLUME, SERVICE_ACCOUNT_DIR, SIDECAR, SIDECAR_INIT, STATE_DIR } from './names.ts';
import type { Resources } from './resources.ts';

/**
 * `native`: an init container that keeps running (Kubernetes 1.29 or newer), so that the client starts when the proxy
 * is ready. `ordinary`: an init container writes the files, and the proxy runs as an ordinary container.
 */
export const SIDECAR_VARIANTS = ['native', 'ordinary'] as const;
export type SidecarVariant = (typeof SIDECAR_VARIANTS)[number];

export interface Ports {
  readonly proxy: number;
  readonly admin: number;
  readonly metrics: number;
}

export function portsFrom(base: number): Ports {
  return { proxy: base, admin: base + 1, metrics: base + 2 };
}

/** The first port beside a speaker. */
export const DEFAULT_PORT = 17480;
/** The offset for a second client on the same node: frr-k8s and the speaker both run on the host's network. */
export const SECOND_CLIENT_OFFSET = 10;

/** The default preset of `serve`. */
export const DEFAULT_PRESET = 'metallb';

export interface SidecarOptions {
  readonly image: string;
  readonly variant: SidecarVariant;
  readonly leading: Leading;
  readonly ports: Ports;
  readonly preset: string;
  /** Whether the Pod shares the node's loopback, so that the kubelet's probes can go there. */
  readonly isHostNetwork: boolean;
  readonly resources: Resources;
  /** The client's own variables with the API server's address, if it has any. */
  readonly way: readonly Json[];
  readonly hub?: HubWish | undefined;
}

export type Fields = Readonly<Record<string, Json>>;

/** All additions to a Pod, by the list that they are added to. */
export interface Pieces {
  readonly initContainers: readonly Fields[];
  readonly containers: readonly Fields[];
  readonly volumes: readonly Fields[];
  /** Added to the client's container. */
  readonly env: readonly Fields[];
  /** Added to the client's container. */
  readonly volumeMounts: readonly Fields[];
}

export function sidecar(options: SidecarOptions): Pieces {
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
  return container(SIDECAR, options, {
    restartPolicy: 'Always',
    args: ['serve'],
    env: environment(options),
    ports: ports(options),
    startupProbe: startupProbe(options),
    livenessProbe: livenessProbe(options),
  });
}

function ordinarySidecar(options: SidecarOptions): Fields {
  return container(SIDECAR, options, {
    args: ['serve'],
    env: environment(options, CLIENT_GRACE),
    ports: ports(options),
    readinessProbe: { httpGet: probe(options, '/readyz'), initialDelaySeconds: 3, periodSeconds: 5 },
    livenessProbe: livenessProbe(options),
  });
}

function initContainer(options: SidecarOptions): Fields {
  return container(SIDECAR_INIT, options, { args: ['init'], env: environment(options) });
}

function container(name: string, options: SidecarOptions, own: Fields): Fields {
  const { image } = options;
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    ...own,
    resources: resourcesOf(options),
    ...CONFINEMENT,
  };
}

/** @param own - variables of this kind of container alone */
function environment(
  { ports: { proxy, admin, metrics }, leading, preset: asked, way, hub }: SidecarOptions,
  ...own: readonly Json[]
): readonly Json[] {
  const preset = asked === DEFAULT_PRESET ? undefined : asked;
  // Without brackets, fd00::7:9002 would be an address without a port. A port of five digits cannot be part of one.
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

/** Only metrics are declared: on the host's network a containerPort is a port of the node. */
function ports({ ports: { metrics } }: SidecarOptions): readonly Json[] {
  return [{ name: SIDECAR, containerPort: metrics, protocol: 'TCP' }];
}

/** Without the host's network the kubelet reaches only the Pod's address, on which the metrics listener answers. */
function probe({ isHostNetwork, ports: { admin, metrics } }: SidecarOptions, path: string): Json {
  return isHostNetwork ? { host: '127.0.0.1', port: admin, path } : { port: metrics, path };
}

/**
 * The probe waits for listener and files, not for the API server: otherwise the kubelet would kill the sidecar every
 * minute while the API server is down. A failed probe makes a Warning event of the Pod, so the first one comes after
 * 3 s: a start takes 0.3 s of CPU, for which a tenth of a core suffices in that time. A longer delay would avoid the
 * event on busier nodes too, but the client's start waits for it everywhere.
 */
function startupProbe(options: SidecarOptions): Json {
  const times = { initialDelaySeconds: 3, periodSeconds: 1, failureThreshold: 60 };
  return { httpGet: probe(options, '/livez'), ...times };
}

function livenessProbe(options: SidecarOptions): Json {
  return { httpGet: probe(options, '/livez'), periodSeconds: 10, failureThreshold: 6 };
}

/** The kubelet ends both containers at the same time, so the sidecar serves until its client has gone. */
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
    // This volume holds only CAs. Any mount at this path keeps the admission plugin from mounting a token there (I7).
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
