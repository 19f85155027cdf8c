/** Small manifests of the shapes that MetalLB, frr-k8s and others are shipped in. */
import { parse } from 'yaml';
import type { Choice } from '../../../src/install/inject/choose.ts';
import { DEFAULT_HUB_CA, DEFAULT_HUB_NAME, type HubWish } from '../../../src/install/inject/hub.ts';
import { inject as injectChosen, type Result } from '../../../src/install/inject/inject.ts';
import type { PlanOptions } from '../../../src/install/inject/plan.ts';
import { DEFAULT_RESOURCES } from '../../../src/install/inject/resources.ts';
import { PRESETS } from '../../../src/core/projection/presets.ts';

/** What is done, and to which workloads. */
export type InjectOptions = PlanOptions & { readonly choice: Choice };

export function inject(text: string, { choice, ...options }: InjectOptions): Result {
  return injectChosen(text, choice, options);
}

/** What `watchsieve inject` does without any flag. */
export const DEFAULTS: InjectOptions = {
  image: 'example.org/watchsieve:1.2.3',
  variant: 'native',
  leading: 'kubeconfig',
  preset: undefined,
  port: undefined,
  container: undefined,
  resources: DEFAULT_RESOURCES,
  presets: PRESETS,
  choice: { names: [], selector: undefined },
};

/** As `--hub` and its defaults name it. */
export const HUB: HubWish = {
  urls: ['https://10.96.0.20/'],
  serverName: DEFAULT_HUB_NAME,
  caConfigMap: DEFAULT_HUB_CA,
};

/** As kustomize writes MetalLB's: keys sorted, dashes under their key. */
export const SPEAKER = `apiVersion: apps/v1
kind: DaemonSet
metadata:
  labels:
    app: metallb
    component: speaker
  name: speaker
  namespace: metallb-system
spec:
  template:
    metadata:
      annotations:
        prometheus.io/scrape: "true"
      labels:
        app: metallb
        component: speaker
    spec:
      containers:
      - args:
        - --port=7472
        env:
        - name: METALLB_HOST
          valueFrom:
            fieldRef:
              fieldPath: status.hostIP
        image: quay.io/metallb/speaker:v0.14.5
        name: speaker
        ports:
        - containerPort: 7472
          name: monitoring
        volumeMounts:
        - mountPath: /etc/metallb
          name: metallb-excludel2
      hostNetwork: true
      volumes:
      - configMap:
          name: metallb-excludel2
        name: metallb-excludel2
`;

/** Several containers, and a default container that is not among them, as frr-k8s 0.0.25 has it. */
export const FRR_K8S = `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: frr-k8s-daemon
  namespace: metallb-system
spec:
  template:
    metadata:
      annotations:
        kubectl.kubernetes.io/default-container: frr-k8s
      labels:
        app.kubernetes.io/component: frr-k8s
    spec:
      containers:
      - command: [/bin/sh, -c, start]
        image: quay.io/frrouting/frr:10.4.3
        name: frr
      - command: [/frr-k8s]
        env: []
        image: quay.io/metallb/frr-k8s:v0.0.25
        name: controller
      hostNetwork: true
      initContainers:
      - image: quay.io/metallb/frr-k8s:v0.0.25
        name: cp-reloader
      volumes:
`;

/** Written by hand: comments everywhere, dashes indented, no hostNetwork, one container of one line. */
export const DEPLOYMENT = `# Copyright somebody
apiVersion: apps/v1   # the only one
kind: Deployment
metadata:
    # its name
    name: 'watcher'
    annotations:   # for people
        watchsieve.dev/inject: "true"
        watchsieve.dev/preset: heartbeat

spec:
    # the template
    template:
        # has no metadata
        spec:
            # what runs
            containers:

                # the client
                - name: watcher
            # nothing else
`;

/** As \`kubectl get -o json\` prints it, in a list. */
export const JSON_LIST = `{
    "apiVersion": "v1",
    "items": [
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {
                "name": "speaker"
            },
            "spec": {
                "template": {
                    "metadata": {},
                    "spec": {
                        "containers": [
                            {
                                "env": null,
                                "image": "quay.io/metallb/speaker:v0.15.2",
                                "name": "speaker",
                                "volumeMounts": []
                            }
                        ],
                        "hostNetwork": true
                    }
                }
            }
        }
    ],
    "kind": "List"
}
`;

/** Kubernetes makes no difference between absent and empty. */
export function withoutVoids(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutVoids);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, each]) => [key, withoutVoids(each)] as const)
    .filter(([, each]) => each !== null && !(typeof each === 'object' && Object.keys(each).length === 0));
  return Object.fromEntries(entries);
}

/** A List of so many workloads, of both kinds that are known. */
export function listOf(count: number): Readonly<Record<string, unknown>> {
  const items = Array.from({ length: count }, (_, index): unknown =>
    parse(
      (index % 2 === 0 ? SPEAKER : FRR_K8S).replace(
        /name: (?:speaker|frr-k8s-daemon)\n {2}name/,
        `name: w${index}\n  name`,
      ),
    ),
  );
  return { apiVersion: 'v1', kind: 'List', items };
}

/** A Deployment that asks for it, with more in its only container, the spec of its Pods and their annotations. */
export function manifest(container: object = {}, spec: object = {}, annotations: object = {}): string {
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'watcher' },
    spec: {
      template: {
        metadata: { annotations: { 'watchsieve.dev/inject': 'true', ...annotations } },
        spec: { containers: [{ name: 'client', image: 'example.org/client:1', ...container }], ...spec },
      },
    },
  });
}
