/** Clients that read the in-cluster configuration: what `inject` adds for them, and when it adds nothing (R44). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { uninject } from '../../../src/install/inject/inject.ts';
import { listAt, textAt, valueAt } from '../../support/json-value.ts';
import { DEFAULTS, inject, type InjectOptions, manifest, SPEAKER } from './manifests.ts';

const IN_CLUSTER: InjectOptions = { ...DEFAULTS, leading: 'in-cluster' };
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

function problemsOf(...given: Parameters<typeof manifest>): readonly string[] {
  return inject(manifest(...given), IN_CLUSTER).problems.map(({ message }) => message);
}

const mounted = (mountPath: string, more: object = {}) => ({
  volumeMounts: [{ name: 'v', mountPath, ...more }],
});

test('its annotation wins over the flag, in both directions', () => {
  const envOf = (text: string) =>
    listAt(parse(text), 'spec', 'template', 'spec', 'containers', 0, 'env').map((each) =>
      textAt(each, 'name'),
    );
  const address = ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'];
  const asked = (client: string) => manifest({}, {}, { 'watchsieve.dev/client': client });
  assert.deepEqual(envOf(inject(manifest(), IN_CLUSTER).text), address);
  assert.deepEqual(envOf(inject(asked('in-cluster'), DEFAULTS).text), address);
  assert.deepEqual(envOf(inject(asked('kubeconfig'), IN_CLUSTER).text), ['KUBECONFIG']);
});

test('MetalLB 0.12, which takes no notice of KUBECONFIG, is led so, and gets its manifest back byte for byte', () => {
  const old = SPEAKER.replace('v0.14.5', 'v0.12.1');
  const { text, problems } = inject(old, IN_CLUSTER);
  assert.deepEqual(problems, []);
  assert.equal(uninject(text, DEFAULTS.choice).text, old);
});

test('what stands in the way is said, and nothing is changed', () => {
  const cases: readonly (readonly [Parameters<typeof manifest>, string])[] = [
    [[mounted(SERVICE_ACCOUNT)], `its container client has something mounted at ${SERVICE_ACCOUNT} already`],
    [
      [mounted('/run/secrets/kubernetes.io/serviceaccount/')],
      `its container client has something mounted at ${SERVICE_ACCOUNT} already`,
    ],
    [
      [mounted(`${SERVICE_ACCOUNT}/extra`)],
      `its container client has something mounted at ${SERVICE_ACCOUNT}/extra, which is inside of ${SERVICE_ACCOUNT}`,
    ],
    [
      [mounted('/var/run/secrets/watchsieve.dev/serviceaccount')],
      'its container client has something mounted at /var/run/secrets/watchsieve.dev/serviceaccount already',
    ],
    [
      [{ env: [{ name: 'KUBERNETES_SERVICE_HOST', value: 'api.internal' }] }],
      'its container client has KUBERNETES_SERVICE_HOST set already',
    ],
    [
      [{ env: [{ name: 'KUBECONFIG', value: '/x' }], args: ['--kubeconfig', '/x'] }],
      'its container client has KUBECONFIG set already\n' +
        'its container client is started with --kubeconfig, which wins over the in-cluster configuration',
    ],
    [
      [{}, { automountServiceAccountToken: false }],
      'its container client is given no token (automountServiceAccountToken: false), and in-cluster clients need one',
    ],
    [
      [{}, { volumes: [{ name: 'watchsieve-token', emptyDir: {} }] }],
      "it already has a volume watchsieve-token that is not watchsieve's",
    ],
    [
      [{ ports: [{ containerPort: 17480 }] }, { hostNetwork: true }],
      'its container client has port 17480 already; choose others with --port',
    ],
  ];
  for (const [given, expected] of cases) {
    const result = inject(manifest(...given), IN_CLUSTER);
    assert.equal(result.problems.map(({ message }) => message).join('\n'), expected);
    assert.equal(result.text, manifest(...given));
  }
});

test('a volume around our paths is in the way where it is read-only, and only then', () => {
  const around = ['/', '/var', '/var/run', '/run/secrets', '/var/run/secrets/kubernetes.io'];
  const volumes = (kind: object) => ({ volumes: [{ name: 'v', ...kind }] });
  for (const path of around) {
    const refused = new RegExp(`has something read-only mounted at ${path}, which leaves no place for`);
    assert.match(problemsOf(mounted(path, { readOnly: true }), volumes({ emptyDir: {} })).join(), refused);
    for (const kind of ['configMap', 'secret', 'projected', 'downwardAPI'])
      assert.match(problemsOf(mounted(path), volumes({ [kind]: {} })).join(), refused);
    assert.deepEqual(problemsOf(mounted(path), volumes({ emptyDir: {} })), []);
  }
  for (const beside of ['/varia', '/run/secretly', '/var/runner', '/etc'])
    assert.deepEqual(problemsOf(mounted(beside, { readOnly: true }), volumes({ emptyDir: {} })), []);
});

test('a way of its own to the API server by a ConfigMap is the sidecar’s from then on, and the client’s the sidecar', () => {
  const source = { configMapRef: { name: 'kubernetes-services-endpoint' } };
  const spec = valueAt(
    parse(inject(manifest({ envFrom: [source] }), IN_CLUSTER).text),
    'spec',
    'template',
    'spec',
  );
  const valuesOf = (list: string) =>
    listAt(spec, list, 0, 'env').filter((each) => textAt(each, 'name') === 'KUBERNETES_SERVICE_HOST');
  assert.deepEqual(valuesOf('containers'), [{ name: 'KUBERNETES_SERVICE_HOST', value: '127.0.0.1' }]);
  assert.equal(
    textAt(valuesOf('initContainers')[0], 'valueFrom', 'configMapKeyRef', 'name'),
    'kubernetes-services-endpoint',
  );
});

test('uninject takes no variable of a client that was led by a kubeconfig', () => {
  const own = [
    { name: 'KUBERNETES_SERVICE_HOST', value: '127.0.0.1' },
    { name: 'KUBERNETES_SERVICE_PORT', value: '6443' },
  ];
  const before = manifest({ env: own });
  const { text, problems } = inject(before, DEFAULTS);
  assert.deepEqual(problems, []);
  assert.equal(uninject(text, DEFAULTS.choice).text, before);
});
