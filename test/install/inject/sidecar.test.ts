import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseSettings } from '../../../src/config/parse-settings.ts';
import { DEFAULT_RESOURCES } from '../../../src/install/inject/resources.ts';
import { listAt, textAt } from '../../../src/platform/text/json-value.ts';
import {
  portsFrom,
  sidecar,
  type SidecarOptions,
  SIDECAR_VARIANTS,
} from '../../../src/install/inject/sidecar.ts';

const OPTIONS: SidecarOptions = {
  image: 'watchsieve:0.1.0',
  variant: 'native',
  leading: 'kubeconfig',
  ports: portsFrom(17480),
  preset: 'metallb',
  isHostNetwork: true,
  resources: DEFAULT_RESOURCES,
  way: [],
};

const CONFINEMENT = `
resources: { requests: { cpu: 50m, memory: 128Mi }, limits: { memory: 256Mi } }
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
  seccompProfile: { type: RuntimeDefault }
volumeMounts:
  - { name: watchsieve, mountPath: /run/watchsieve }
  - { name: watchsieve-config, mountPath: /etc/watchsieve, readOnly: true }
  - { name: watchsieve-ca, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true }
`;
const ENV = `
env:
  - { name: POD_IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }
  - { name: WATCHSIEVE_LISTEN, value: 127.0.0.1:17480 }
  - { name: WATCHSIEVE_ADMIN_LISTEN, value: 127.0.0.1:17481 }
  - { name: WATCHSIEVE_METRICS_LISTEN, value: "$(POD_IP):17482" }
`;
const SERVE = `
image: watchsieve:0.1.0
imagePullPolicy: IfNotPresent
args: [serve]
${ENV}
ports: [{ name: watchsieve, containerPort: 17482, protocol: TCP }]
livenessProbe: { httpGet: { host: 127.0.0.1, port: 17481, path: /livez }, periodSeconds: 10, failureThreshold: 6 }
${CONFINEMENT}
`;

test('the native sidecar is an init container that goes on, and the client starts when it is ready (R34)', () => {
  assert.deepEqual(
    { ...sidecar(OPTIONS) },
    parse(`
initContainers:
  - name: watchsieve
    restartPolicy: Always
    startupProbe: { httpGet: { host: 127.0.0.1, port: 17481, path: /livez }, initialDelaySeconds: 3, periodSeconds: 1, failureThreshold: 60 }
${SERVE.replaceAll(/^(?=.)/gm, '    ')}
containers: []
volumes:
  - { name: watchsieve, emptyDir: { medium: Memory, sizeLimit: 1Mi } }
  - { name: watchsieve-config, configMap: { name: watchsieve, optional: true } }
  - name: watchsieve-ca
    projected: { sources: [{ configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] } }] }
env: [{ name: KUBECONFIG, value: /run/watchsieve/kubeconfig }]
volumeMounts: [{ name: watchsieve, mountPath: /run/watchsieve, readOnly: true }]
`),
  );
});

test('the ordinary variant writes the files before anything starts, then runs beside the client (R34)', () => {
  const pieces = sidecar({ ...OPTIONS, variant: 'ordinary' });
  assert.deepEqual(pieces.initContainers, [
    parse(
      `name: watchsieve-init\nimage: watchsieve:0.1.0\nimagePullPolicy: IfNotPresent\nargs: [init]\n${ENV}${CONFINEMENT}`,
    ),
  ]);
  assert.deepEqual(pieces.containers, [
    parse(
      `name: watchsieve\nreadinessProbe: { httpGet: { host: 127.0.0.1, port: 17481, path: /readyz }, initialDelaySeconds: 3, periodSeconds: 5 }\n${SERVE.replace(ENV, `${ENV}  - { name: WATCHSIEVE_CLIENT_GRACE, value: 30s }\n`)}`,
    ),
  ]);
});

test('the preset is named only where it is not the default, in both containers', () => {
  const pieces = sidecar({ ...OPTIONS, variant: 'ordinary', preset: 'labels' });
  for (const container of [...pieces.initContainers, ...pieces.containers])
    assert.deepEqual(Array.isArray(container['env']) && container['env'].at(-1), {
      name: 'WATCHSIEVE_PRESET',
      value: 'labels',
    });
});

test('a sidecar with hubs is told where they are, by its preset, and trusts the ConfigMap beside it (I15)', () => {
  const hub = {
    urls: ['https://10.0.0.1/', 'https://10.0.0.2:6444/for/metallb'],
    serverName: 'hub.example.svc',
    caConfigMap: 'ca-of-hubs',
  };
  for (const variant of SIDECAR_VARIANTS)
    for (const [preset, urls] of [
      ['metallb', hub.urls],
      ['labels', ['https://10.0.0.1/for/labels', 'https://10.0.0.2:6444/for/metallb']],
    ] as const) {
      const pieces = sidecar({ ...OPTIONS, variant, preset, hub });
      const ca = '/var/run/secrets/kubernetes.io/serviceaccount/hub-ca.crt';
      for (const container of [...pieces.initContainers, ...pieces.containers]) {
        const variables = listAt(container, 'env').map(
          (each) => [textAt(each, 'name') ?? '', textAt(each, 'value') ?? ''] as const,
        );
        const env = Object.fromEntries(variables.filter(([name]) => name.startsWith('WATCHSIEVE_HUB')));
        const parsed = parseSettings({ argv: [], env, readFile: () => undefined });
        assert.ok('ok' in parsed);
        assert.deepEqual(parsed.ok.hub, urls);
        assert.equal(parsed.ok.hubServerName, 'hub.example.svc');
        assert.equal(parsed.ok.hubCa, ca);
        const mounts = listAt(container, 'volumeMounts').filter((mount) =>
          ca.startsWith(textAt(mount, 'mountPath') ?? '-'),
        );
        assert.deepEqual(mounts, [
          {
            name: 'watchsieve-ca',
            mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
            readOnly: true,
          },
        ]);
      }
      const plain = sidecar({ ...OPTIONS, variant, preset });
      assert.deepEqual(pieces.volumes.slice(0, 2), plain.volumes.slice(0, 2));
      assert.deepEqual(
        pieces.volumes[2],
        parse(`
name: watchsieve-ca
projected:
  sources:
    - configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] }
    - configMap: { name: ca-of-hubs, items: [{ key: ca.crt, path: hub-ca.crt }], optional: true }
`),
      );
      assert.deepEqual(
        { ...pieces, initContainers: [], containers: [], volumes: [] },
        {
          ...plain,
          initContainers: [],
          containers: [],
          volumes: [],
        },
      );
    }
});

test("off the host's network probes go where the kubelet can reach: the metrics port of the Pod", () => {
  const [container] = sidecar({ ...OPTIONS, isHostNetwork: false }).initContainers;
  assert.deepEqual(container?.['startupProbe'], {
    httpGet: { port: 17482, path: '/livez' },
    initialDelaySeconds: 3,
    periodSeconds: 1,
    failureThreshold: 60,
  });
  assert.deepEqual(container['livenessProbe'], {
    httpGet: { port: 17482, path: '/livez' },
    periodSeconds: 10,
    failureThreshold: 6,
  });
});

test('an in-cluster client has the address, the files and a link to its token in place of a kubeconfig; the sidecar has no token (I7)', () => {
  for (const variant of SIDECAR_VARIANTS) {
    const plain = sidecar({ ...OPTIONS, variant });
    const pieces = sidecar({ ...OPTIONS, variant, leading: 'in-cluster', ports: portsFrom(20_000) });
    const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';
    const token = '/var/run/secrets/watchsieve.dev/serviceaccount';
    assert.deepEqual(
      { env: pieces.env, volumeMounts: pieces.volumeMounts, volumes: pieces.volumes },
      {
        env: [
          { name: 'KUBERNETES_SERVICE_HOST', value: '127.0.0.1' },
          { name: 'KUBERNETES_SERVICE_PORT', value: '20000' },
        ],
        volumeMounts: [
          { name: 'watchsieve', mountPath: serviceAccount, subPath: 'serviceaccount', readOnly: true },
          { name: 'watchsieve-token', mountPath: token, readOnly: true },
        ],
        volumes: [
          ...plain.volumes,
          {
            name: 'watchsieve-token',
            projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }] },
          },
        ],
      },
    );
    for (const container of [...pieces.initContainers, ...pieces.containers]) {
      assert.ok(!JSON.stringify(container['volumeMounts']).includes('watchsieve-token'));
      const env = JSON.stringify(container['env']);
      assert.ok(env.includes(`{"name":"WATCHSIEVE_IN_CLUSTER_TOKEN_FILE","value":"${token}/token"}`));
      assert.ok(env.includes('{"name":"WATCHSIEVE_LISTEN","value":"127.0.0.1:20000"}'));
      assert.ok(
        env.includes(
          '{"name":"WATCHSIEVE_IN_CLUSTER_NAMESPACE","valueFrom":{"fieldRef":{"fieldPath":"metadata.namespace"}}}',
        ),
      );
    }
  }
});
