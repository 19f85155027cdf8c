/** What a Pod tells of its surroundings is kept in mind: a Pod without sidecar is better than none (I9, R44). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { valueAt } from '../../../src/platform/text/json-value.ts';
import { planInjection, type PlanOptions } from '../../../src/install/inject/plan.ts';
import { podWorkload } from '../../../src/install/inject/workload.ts';
import { address } from '../../../src/config/kinds.ts';
import { listAt, textAt } from '../../support/json-value.ts';
import { DEFAULTS } from './manifests.ts';

const CLIENT = { name: 'client', image: 'example.org/client:1' };

function planned(
  pod: { readonly metadata?: object; readonly spec?: object },
  options: Partial<PlanOptions> = {},
) {
  const workload = podWorkload({
    metadata: { name: 'pod', ...pod.metadata },
    spec: { containers: [CLIENT], ...pod.spec },
  });
  assert.ok(workload !== undefined);
  return planInjection(workload, { ...DEFAULTS, ...options });
}

function problemsOf(...given: Parameters<typeof planned>): readonly string[] {
  const result = planned(...given);
  return 'problems' in result ? result.problems : [];
}

/** The sidecar's container. */
function sidecarOf(...given: Parameters<typeof planned>): {
  readonly container: unknown;
  readonly notes: readonly string[];
} {
  const result = planned(...given);
  assert.ok('ok' in result, JSON.stringify(result));
  const items = result.ok.edits.flatMap((edit) => ('items' in edit ? edit.items : []));
  const container = items.find((item) => valueAt(item, ['args', 0]) === 'serve') ?? assert.fail();
  return { container, notes: result.ok.notes };
}

const ofClient = (more: object) => ({ spec: { containers: [{ ...CLIENT, ...more }] } });
const variablesOf = (container: unknown) =>
  listAt(container, 'env').filter((each) => textAt(each, 'name').startsWith('KUBERNETES_'));

test('a Pod for Windows, and one that mirrors a file on a node, are left alone', () => {
  const windows = ['it runs on Windows, and the sidecar does not'];
  assert.deepEqual(problemsOf({ spec: { os: { name: 'windows' } } }), windows);
  assert.deepEqual(problemsOf({ spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } } }), windows);
  assert.deepEqual(problemsOf({ spec: { os: { name: 'linux' } } }), []);
  const annotations = { 'kubernetes.io/config.mirror': 'c0ffee' };
  assert.match(
    problemsOf({ metadata: { annotations } }).join(),
    /^it mirrors a Pod that a kubelet runs from a file/,
  );
});

describe('resources', () => {
  const limited = { resources: { limits: { cpu: '1', memory: '1Gi' } } };

  test('have a limit for CPU where each container has one: a quota may ask for it', () => {
    const { container } = sidecarOf(ofClient(limited));
    assert.deepEqual(valueAt(container, ['resources']), {
      requests: { cpu: '50m', memory: '128Mi' },
      limits: { cpu: '500m', memory: '256Mi' },
    });
    const numbers = sidecarOf(ofClient({ resources: { limits: { cpu: 1 } } }));
    assert.equal(valueAt(numbers.container, ['resources', 'limits', 'cpu']), '500m');
  });

  test('have none where one of them has none', () => {
    const containers = [
      { ...CLIENT, ...limited },
      { name: 'b', image: 'b' },
    ];
    const { container } = sidecarOf({ spec: { containers } }, { container: 'client' });
    assert.deepEqual(valueAt(container, ['resources', 'limits']), { memory: '256Mi' });
  });

  test('are what is told', () => {
    const resources = { requests: { memory: '64Mi' }, limits: { cpu: '2', memory: '150Mi' } };
    assert.deepEqual(
      valueAt(sidecarOf(ofClient(limited), { resources }).container, ['resources']),
      resources,
    );
    const none = sidecarOf({}, { resources: { requests: {}, limits: {} } });
    assert.deepEqual(valueAt(none.container, ['resources']), {});
  });
});

describe('the way of the client to the API server', () => {
  test('is handed on where its container says it', () => {
    const host = { name: 'KUBERNETES_SERVICE_HOST', value: 'api.internal' };
    const port = { name: 'KUBERNETES_SERVICE_PORT', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } };
    const { container, notes } = sidecarOf(ofClient({ env: [host, { name: 'OTHER', value: 'x' }, port] }));
    assert.deepEqual(variablesOf(container), [host, port]);
    assert.deepEqual(notes, []);
  });

  test('is handed on where it may come from a ConfigMap or a Secret as a whole, and nothing else of it', () => {
    const ofConfigMap = { configMapRef: { name: 'kubernetes-services-endpoint', optional: true } };
    assert.deepEqual(variablesOf(sidecarOf(ofClient({ envFrom: [ofConfigMap] })).container), [
      {
        name: 'KUBERNETES_SERVICE_HOST',
        valueFrom: {
          configMapKeyRef: {
            name: 'kubernetes-services-endpoint',
            key: 'KUBERNETES_SERVICE_HOST',
            optional: true,
          },
        },
      },
      {
        name: 'KUBERNETES_SERVICE_PORT',
        valueFrom: {
          configMapKeyRef: {
            name: 'kubernetes-services-endpoint',
            key: 'KUBERNETES_SERVICE_PORT',
            optional: true,
          },
        },
      },
    ]);
    const prefixed = { prefix: 'KUBERNETES_SERVICE_H', secretRef: { name: 's' } };
    assert.deepEqual(variablesOf(sidecarOf(ofClient({ envFrom: [prefixed] })).container), [
      {
        name: 'KUBERNETES_SERVICE_HOST',
        valueFrom: { secretKeyRef: { name: 's', key: 'OST', optional: true } },
      },
    ]);
    const other = { prefix: 'X_', secretRef: { name: 's' } };
    assert.deepEqual(variablesOf(sidecarOf(ofClient({ envFrom: [other] })).container), []);
  });

  test('that cannot be handed on is told of', () => {
    const env = [{ name: 'KUBERNETES_SERVICE_HOST', value: '$(MASTER)' }];
    assert.match(problemsOf(ofClient({ env })).join(), /KUBERNETES_SERVICE_HOST from another variable/);
    const envFrom = [{ configMapRef: { name: 'a' } }, { configMapRef: { name: 'b' } }];
    assert.match(problemsOf(ofClient({ envFrom })).join(), /more than one source \(envFrom\)/);
  });

  test('by a proxy is told of', () => {
    const { notes } = sidecarOf(ofClient({ env: [{ name: 'HTTPS_PROXY', value: 'http://proxy' }] }));
    assert.deepEqual(notes, [
      'its container client has HTTPS_PROXY set: the sidecar goes to the API server without it',
    ]);
  });

  test('by a proxy that may come from a ConfigMap or a Secret as a whole is told of', () => {
    const told = ([name, prefix]: readonly [string, string]) =>
      sidecarOf(ofClient({ envFrom: [{ prefix, configMapRef: { name } }] })).notes;
    assert.deepEqual(told(['settings', '']), [
      'its container client takes variables from settings: one that names a proxy is not handed on to the sidecar',
    ]);
    assert.deepEqual(told(['settings', 'HTTPS_']).length, 1);
    assert.deepEqual(told(['settings', 'APP_']), []);
  });

  test('with no token that anybody can see is told of', () => {
    const looks = 'in /var/run/secrets/kubernetes.io/serviceaccount, where the kubeconfig looks';
    const none = { spec: { containers: [CLIENT], automountServiceAccountToken: false } };
    assert.deepEqual(sidecarOf(none).notes, [`its container client has no token ${looks}`]);
    const legacy = { name: 'token', secret: { secretName: 'account-token' } };
    const at = (mountPath: string) => ({
      spec: {
        ...none.spec,
        volumes: [legacy],
        containers: [{ ...CLIENT, volumeMounts: [{ name: 'token', mountPath }] }],
      },
    });
    assert.deepEqual(sidecarOf(at('/x')).notes, [`its container client has no token ${looks}`]);
    assert.deepEqual(sidecarOf(at('/var/run/secrets/kubernetes.io/serviceaccount')).notes, []);
    assert.deepEqual(sidecarOf({}).notes, []);
  });

  test('with a token elsewhere, where the service account decides whether there is one at the usual path, is told of', () => {
    const volumes = [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }];
    const containers = [{ ...CLIENT, volumeMounts: [{ name: 'token', mountPath: '/var/run/token' }] }];
    assert.deepEqual(sidecarOf({ spec: { volumes, containers } }).notes, [
      'its container client has a token at /var/run/token: the kubeconfig takes the one in /var/run/secrets/kubernetes.io/serviceaccount',
    ]);
    assert.deepEqual(
      sidecarOf({ spec: { volumes, containers, automountServiceAccountToken: true } }).notes.length,
      1,
    );
  });

  test('with a token at another path is told of, unless there is one at the usual path too', () => {
    const volumes = [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }];
    const pod = (mountPath: string, more: object = {}) => ({
      spec: {
        volumes,
        containers: [{ ...CLIENT, volumeMounts: [{ name: 'token', mountPath }] }],
        automountServiceAccountToken: false,
        ...more,
      },
    });
    assert.deepEqual(problemsOf(pod('/var/run/token')), [
      'its container client has its token at /var/run/token and none at /var/run/secrets/kubernetes.io/serviceaccount, where the kubeconfig looks',
    ]);
    assert.deepEqual(problemsOf(pod('/var/run/secrets/kubernetes.io/serviceaccount/')), []);
    assert.deepEqual(problemsOf(pod('/var/run/token', { automountServiceAccountToken: true })), []);
  });
});

test('a port of four digits is listened on by Pods of either family', () => {
  const { container } = sidecarOf({}, { port: 9000 });
  const listen = listAt(container, 'env').find(
    (each) => textAt(each, 'name') === 'WATCHSIEVE_METRICS_LISTEN',
  );
  for (const ip of ['10.0.0.7', 'fd00::7'])
    assert.deepEqual(address.parse(textAt(listen, 'value').replace('$(POD_IP)', ip)), {
      host: ip,
      port: 9002,
    });
});
