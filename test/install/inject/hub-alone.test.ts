/** Clients that talk to a hub without a sidecar: what `inject` gives them, and when it gives nothing (R44, I15). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { uninject } from '../../../src/install/inject/inject.ts';
import { textAt, valueAt } from '../../../src/platform/text/json-value.ts';
import {
  DEFAULTS,
  FRR_K8S,
  HUB,
  inject,
  type InjectOptions,
  JSON_LIST,
  manifest,
  SPEAKER,
} from './manifests.ts';

const ALONE: InjectOptions = { ...DEFAULTS, image: '', variant: 'hub-alone', hub: HUB };
const KUBECONFIG = 'watchsieve.dev/kubeconfig';

function templateOf(text: string): unknown {
  return valueAt(parse(text), ['spec', 'template']);
}

function kubeconfigIn(text: string): unknown {
  return parse(textAt(templateOf(text), 'metadata', 'annotations', KUBECONFIG) ?? '');
}

test('the client has a kubeconfig and the CA of the hub, both of the Pod itself, and there is no container (R44)', () => {
  const { text, problems, touched } = inject(manifest(), ALONE);
  assert.deepEqual(problems, []);
  assert.deepEqual(valueAt(templateOf(text), ['spec']), {
    containers: [
      {
        env: [{ name: 'KUBECONFIG', value: '/run/watchsieve/kubeconfig' }],
        volumeMounts: [{ name: 'watchsieve', mountPath: '/run/watchsieve', readOnly: true }],
        name: 'client',
        image: 'example.org/client:1',
      },
    ],
    volumes: [
      parse(`
name: watchsieve
projected:
  sources:
    - downwardAPI:
        items: [{ path: kubeconfig, fieldRef: { fieldPath: "metadata.annotations['watchsieve.dev/kubeconfig']" } }]
    - configMap: { name: watchsieve-hub-ca, items: [{ key: ca.crt, path: ca.crt }] }
`),
    ],
  });
  assert.deepEqual(kubeconfigIn(text), {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'watchsieve-hub',
        cluster: {
          server: 'https://10.96.0.20/for/metallb',
          'certificate-authority': '/run/watchsieve/ca.crt',
          'tls-server-name': 'watchsieve-hub.watchsieve-hub.svc',
        },
      },
    ],
    users: [
      {
        name: 'watchsieve-hub',
        user: { tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
      },
    ],
    contexts: [{ name: 'watchsieve-hub', context: { cluster: 'watchsieve-hub', user: 'watchsieve-hub' } }],
    'current-context': 'watchsieve-hub',
  });
  assert.deepEqual(
    touched.map(({ sidecar }) => [sidecar?.variant, sidecar?.ports, sidecar?.preset]),
    [['hub-alone', undefined, 'metallb']],
  );
});

test('the server names the preset of the client, also the default, unless --hub has a path of its own', () => {
  const serverOf = (text: string, options: Partial<InjectOptions> = {}) =>
    textAt(kubeconfigIn(inject(text, { ...ALONE, ...options }).text), 'clusters', 0, 'cluster', 'server');
  assert.equal(serverOf(FRR_K8S), 'https://10.96.0.20/for/labels');
  assert.equal(serverOf(SPEAKER, { preset: 'heartbeat' }), 'https://10.96.0.20/for/heartbeat');
  const hub = { ...HUB, urls: ['https://[fd00::1]:6444/for/labels'] };
  assert.equal(serverOf(SPEAKER, { hub }), 'https://[fd00::1]:6444/for/labels');
});

test('the name in the certificate is written only where the address is another one, since few clients read it', () => {
  const urls = [`https://${HUB.serverName}/`];
  const { text } = inject(SPEAKER, { ...ALONE, hub: { ...HUB, urls } });
  const cluster = valueAt(kubeconfigIn(text), ['clusters', 0, 'cluster']);
  assert.deepEqual(cluster, {
    server: `https://${HUB.serverName}/for/metallb`,
    'certificate-authority': '/run/watchsieve/ca.crt',
  });
});

test('every shape comes back byte for byte, twice is once, and the variant can change in both directions', () => {
  for (const text of [SPEAKER, FRR_K8S, JSON_LIST, manifest()]) {
    const once = inject(text, ALONE);
    assert.deepEqual(once.problems, []);
    assert.equal(inject(once.text, ALONE).text, once.text);
    assert.equal(uninject(once.text, ALONE.choice).text, text);
    const native = inject(text, DEFAULTS).text;
    assert.equal(inject(native, ALONE).text, once.text);
    assert.equal(inject(once.text, DEFAULTS).text, native);
  }
});

test('uninject finds it by its names alone, where the mark on the workload is lost', () => {
  const document = parse(inject(SPEAKER, ALONE).text) as { metadata: Record<string, unknown> };
  Reflect.deleteProperty(document.metadata, 'annotations');
  const { text, touched } = uninject(JSON.stringify(document), ALONE.choice);
  assert.deepEqual(
    touched.map(({ outcome }) => outcome),
    ['removed'],
  );
  assert.deepEqual(parse(text), parse(SPEAKER));
});

test('an annotation chooses it, where a hub is named', () => {
  const asked = manifest({}, {}, { 'watchsieve.dev/variant': 'hub-alone' });
  const { text, problems } = inject(asked, { ...DEFAULTS, hub: HUB });
  assert.deepEqual(problems, []);
  assert.equal(textAt(kubeconfigIn(text), 'current-context'), 'watchsieve-hub');
  const [problem] = inject(asked, DEFAULTS).problems;
  assert.equal(problem?.message, 'variant hub-alone needs a hub: set --hub');
});

test('what stands in the way is said, and nothing is changed', () => {
  const two = { ...HUB, urls: ['https://10.0.0.1/', 'https://10.0.0.2/'] };
  const cases: readonly (readonly [Parameters<typeof manifest>, Partial<InjectOptions>, string])[] = [
    [
      [],
      { hub: two },
      'variant hub-alone leads to one address, and --hub has 2: name the Service of the hubs',
    ],
    [
      [{}, {}, { 'watchsieve.dev/client': 'in-cluster' }],
      {},
      'variant hub-alone leads by KUBECONFIG, so client in-cluster needs a sidecar',
    ],
    [[{}, {}, { 'watchsieve.dev/variant': 'native' }], {}, 'variant native needs an image: set --image'],
    [
      [{}, {}, { [KUBECONFIG]: 'mine' }],
      {},
      `it already has an annotation ${KUBECONFIG} that is not watchsieve's`,
    ],
    [[{ env: [{ name: 'KUBECONFIG', value: '/x' }] }], {}, 'its container client has KUBECONFIG set already'],
    [
      [{}, { volumes: [{ name: 'watchsieve', emptyDir: {} }] }],
      {},
      "it already has a volume watchsieve that is not watchsieve's",
    ],
    [[{}, {}, { big: 'x'.repeat(256 * 1024) }], {}, 'its annotations leave no room for another'],
    [
      [{}, { nodeSelector: { 'kubernetes.io/os': 'windows' } }],
      {},
      'it runs on Windows, and the sidecar does not',
    ],
  ];
  for (const [given, options, expected] of cases) {
    const result = inject(manifest(...given), { ...ALONE, ...options });
    assert.equal(result.problems.map(({ message }) => message).join('\n'), expected);
    assert.equal(result.text, manifest(...given));
  }
});

test('what the network of Pods needs is not led to a hub, which is reached over that network (I9)', () => {
  const network = (mark: string) =>
    `the network of Pods needs it (${mark}), and a hub is reached over that network: use a sidecar`;
  const problemsOf = (...given: Parameters<typeof manifest>) =>
    inject(manifest(...given), ALONE).problems.map(({ message }) => message);
  const mounting = (path: string) => ({ volumes: [{ name: 'host', hostPath: { path } }] });
  for (const path of [
    ...['/etc/cni/net.d', '/opt/cni/bin', '/etc/cni', '/opt/cni/'],
    '/var/lib/rancher/k3s/agent/etc/cni/net.d',
  ])
    assert.deepEqual(problemsOf({}, mounting(path)), [network(path)]);
  for (const path of ['/etc/cnid', '/opt', '/var/cni/bin', '/etc/metallb'])
    assert.deepEqual(problemsOf({}, mounting(path)), []);
  for (const image of ['registry.k8s.io/kube-proxy:v1.35.0', 'kube-proxy', 'x/kube-proxy-arm64@sha256:0'])
    assert.deepEqual(problemsOf({ image }), [network(image)]);
  assert.deepEqual(problemsOf({ image: 'example.org/kube-proxyless:1' }), []);
  // A sidecar goes to the API server where no hub answers.
  assert.deepEqual(inject(manifest({}, mounting('/etc/cni/net.d')), { ...DEFAULTS, hub: HUB }).problems, []);
});

test('ports of the client are its own affair, and it keeps its way to the API server', () => {
  const container = {
    ports: [{ containerPort: 17_480 }],
    env: [{ name: 'KUBERNETES_SERVICE_HOST', value: '$(OTHER)' }],
  };
  assert.deepEqual(inject(manifest(container), ALONE).problems, []);
});

test('proxies on its way to the hub, and a token that is not where the kubeconfig looks, are told of', () => {
  const notesOf = (...given: Parameters<typeof manifest>) =>
    inject(manifest(...given), ALONE).touched.flatMap(({ sidecar }) => sidecar?.notes ?? []);
  assert.deepEqual(
    notesOf(
      { env: [{ name: 'HTTPS_PROXY', value: 'x' }], envFrom: [{ secretRef: { name: 's' } }] },
      { automountServiceAccountToken: false },
    ),
    [
      'its container client has HTTPS_PROXY set, by which it goes to the hub unless NO_PROXY names that',
      'its container client takes variables from s: one that names a proxy may keep it from the hub',
      'its container client has no token in /var/run/secrets/kubernetes.io/serviceaccount, where the kubeconfig looks',
    ],
  );
});
