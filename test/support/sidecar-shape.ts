/**
 * What a Pod template looks like with the sidecar, written down once and independently of the manifests:
 * their test compares each with it, and the end-to-end suite every rendered result.
 */

import { entriesAt, listAt, textAt, valueAt } from './json-value.ts';

export interface SidecarShape {
  /** `ordinary` is for clusters before 1.29. */
  readonly variant: 'native' | 'ordinary';
  /** Port for clients; the admin port and the one for metrics follow. */
  readonly port: number;
  /** Undefined: the default. */
  readonly preset: string | undefined;
  /** The container that watches. */
  readonly container: string;
  /** Whether `kubectl logs` has to be told which container is the main one. */
  readonly annotated: boolean;
  readonly image: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** The strategic merge patch that adds it to the Pod template's spec. */
export function sidecarPatch(shape: SidecarShape): JsonObject {
  const { container, variant } = shape;
  const main = {
    name: container,
    env: [{ name: 'KUBECONFIG', value: '/run/watchsieve/kubeconfig' }],
    volumeMounts: [{ name: 'watchsieve', mountPath: '/run/watchsieve', readOnly: true }],
  };
  const parts =
    variant === 'native'
      ? { initContainers: [sidecar(shape)], containers: [main] }
      : { initContainers: [init(shape)], containers: [sidecar(shape), main] };
  const metadata = { annotations: { [DEFAULT_CONTAINER]: container } };
  return { ...(shape.annotated ? { metadata } : {}), spec: { ...parts, volumes: VOLUMES } };
}

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

const VOLUMES: readonly JsonObject[] = [
  { name: 'watchsieve', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
  { name: 'watchsieve-config', configMap: { name: 'watchsieve', optional: true } },
  {
    name: 'watchsieve-ca',
    projected: {
      sources: [{ configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } }],
    },
  },
];

function sidecar(shape: SidecarShape): JsonObject {
  const { variant, port } = shape;
  const probe = (path: string) => ({ httpGet: { host: '127.0.0.1', port: port + 1, path } });
  return {
    ...common(shape),
    name: 'watchsieve',
    args: ['serve'],
    ports: [{ name: 'watchsieve', containerPort: port + 2, protocol: 'TCP' }],
    livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 6 },
    ...(variant === 'native'
      ? {
          restartPolicy: 'Always',
          startupProbe: {
            ...probe('/livez'),
            initialDelaySeconds: 3,
            periodSeconds: 1,
            failureThreshold: 60,
          },
        }
      : {
          readinessProbe: { ...probe('/readyz'), initialDelaySeconds: 3, periodSeconds: 5 },
          env: env(shape, { name: 'WATCHSIEVE_CLIENT_GRACE', value: '30s' }),
        }),
  };
}

function init(shape: SidecarShape): JsonObject {
  return { ...common(shape), name: 'watchsieve-init', args: ['init'] };
}

function env({ port, preset }: SidecarShape, ...own: readonly JsonObject[]): readonly JsonObject[] {
  return [
    { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'WATCHSIEVE_LISTEN', value: `127.0.0.1:${port}` },
    { name: 'WATCHSIEVE_ADMIN_LISTEN', value: `127.0.0.1:${port + 1}` },
    { name: 'WATCHSIEVE_METRICS_LISTEN', value: `$(POD_IP):${port + 2}` },
    ...own,
    ...(preset === undefined ? [] : [{ name: 'WATCHSIEVE_PRESET', value: preset }]),
  ];
}

function common(shape: SidecarShape): JsonObject {
  const { image } = shape;
  return {
    image,
    imagePullPolicy: 'IfNotPresent',
    env: env(shape),
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: [
      { name: 'watchsieve', mountPath: '/run/watchsieve' },
      { name: 'watchsieve-config', mountPath: '/etc/watchsieve', readOnly: true },
      {
        name: 'watchsieve-ca',
        mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
        readOnly: true,
      },
    ],
  };
}

/**
 * Where what is added goes in the lists that are there: `inject` puts it in front, and so does the API server with a
 * patch; components, and server-side apply, behind.
 */
export type Side = 'front' | 'end';

/** `workload` with the sidecar; what was there keeps its order. */
export function withSidecar(workload: unknown, shape: SidecarShape, side: Side): unknown {
  const patch = sidecarPatch(shape);
  const pod = valueAt(workload, 'spec', 'template', 'spec');
  const [main, ...others] = split(listAt(patch, 'spec', 'containers'), shape.container);
  const joined = (there: unknown, added: unknown, key: string) =>
    side === 'end'
      ? [...listAt(there, key), ...listAt(added, key)]
      : [...listAt(added, key), ...listAt(there, key)];
  const containers = listAt(pod, 'containers').map((container) =>
    textAt(container, 'name') === shape.container
      ? {
          ...objectOf(container),
          env: joined(container, main, 'env'),
          volumeMounts: joined(container, main, 'volumeMounts'),
        }
      : container,
  );
  const spec = {
    ...objectOf(pod),
    initContainers: joined(pod, valueAt(patch, 'spec'), 'initContainers'),
    // An ordinary sidecar has to be started before its client.
    containers: [...others, ...containers],
    volumes: joined(pod, { volumes: VOLUMES }, 'volumes'),
  };
  const annotations = {
    ...objectOf(valueAt(workload, 'spec', 'template', 'metadata', 'annotations')),
    ...objectOf(valueAt(patch, 'metadata', 'annotations')),
  };
  const metadata = { ...objectOf(valueAt(workload, 'spec', 'template', 'metadata')), annotations };
  const marked = Object.keys(annotations).length === 0 ? {} : { metadata };
  const template = { ...objectOf(valueAt(workload, 'spec', 'template')), ...marked, spec };
  return { ...objectOf(workload), spec: { ...objectOf(valueAt(workload, 'spec')), template } };
}

/** The container of this name, then the others. */
function split(containers: readonly unknown[], name: string): readonly unknown[] {
  const isMain = (container: unknown) => textAt(container, 'name') === name;
  return [containers.find(isMain), ...containers.filter((container) => !isMain(container))];
}

function objectOf(value: unknown): JsonObject {
  return Object.fromEntries(entriesAt(value));
}
