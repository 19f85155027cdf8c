/** The kustomize base of the admission webhook: its objects fit together, ask for no right too much, and block nothing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { parseWebhookOptions } from '../../src/install/flags/webhook-options.ts';
import { WEBHOOK_NAME } from '../../src/install/webhook/ca-bundle.ts';
import { entriesAt, listAt, textAt, valueAt } from '../support/json-value.ts';
import { sidecarPatch } from '../support/sidecar-shape.ts';
import { baseFiles, baseObject, baseObjects, templates } from '../support/webhook-manifests.ts';

const NAME = 'watchsieve-webhook';
const NAMESPACE = 'watchsieve-system';
const SECRET = `${NAME}-ca`;
/** Kinds that belong to no namespace. */
const OF_CLUSTER = ['ClusterRole', 'ClusterRoleBinding', 'MutatingWebhookConfiguration', 'Namespace'];

const deployment = baseObject('Deployment');
const pod = valueAt(deployment, 'spec', 'template', 'spec');
const podLabels = valueAt(deployment, 'spec', 'template', 'metadata', 'labels');
const [container, ...otherContainers] = listAt(pod, 'containers');
const configuration = baseObject('MutatingWebhookConfiguration');
const [webhook, ...otherWebhooks] = listAt(configuration, 'webhooks');

/** What the kubelet puts into arguments. */
const VARIABLES: ReadonlyMap<string, string> = new Map([
  ['NAMESPACE', NAMESPACE],
  ...listAt(container, 'env').flatMap((variable) => {
    const value = valueAt(variable, 'value');
    return typeof value === 'string' ? [[textAt(variable, 'name'), value] as const] : [];
  }),
]);

/** The value of a flag, with the variables that are known before the Pod runs. */
function flag(name: string): string | undefined {
  const prefix = `--${name}=`;
  const args = listAt(container, 'args').filter((arg) => typeof arg === 'string');
  const [found, ...more] = args.filter((arg) => arg.startsWith(prefix));
  assert.deepEqual(more, []);
  return found?.slice(prefix.length).replaceAll(/\$\((\w+)\)/g, (_, name: string) => {
    return VARIABLES.get(name) ?? assert.fail(name);
  });
}

/** As the API server judges labels by a selector's expressions of these two operators. */
function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  return (
    entriesAt(selector, 'matchLabels').every(([key, value]) => labels[key] === value) &&
    listAt(selector, 'matchExpressions').every((expression) => {
      assert.equal(textAt(expression, 'operator'), 'NotIn');
      const value = labels[textAt(expression, 'key')];
      return value === undefined || !listAt(expression, 'values').includes(value);
    })
  );
}

describe('the base of the webhook (R34, R44)', () => {
  test('the kustomization names every file, and the image is that of the other manifests', () => {
    const { there, named } = baseFiles();
    assert.deepEqual([...named].sort(), [...there].sort());
    const read = (path: string): unknown =>
      parse(readFileSync(join(import.meta.dirname, '..', '..', 'manifests', path), 'utf8'));
    const transformers = listAt(read('webhook/kustomization.yaml'), 'transformers');
    assert.deepEqual(transformers, ['../components/image', 'sidecar-image.yaml']);
    assert.equal(textAt(container, 'image'), '');
    const [replacement] = listAt(read('webhook/sidecar-image.yaml'), 'replacements');
    const path = 'spec.template.spec.containers.[name=webhook]';
    assert.equal(textAt(replacement, 'source', 'fieldPath'), `${path}.image`);
    const [target] = listAt(replacement, 'targets');
    assert.deepEqual(listAt(target, 'fieldPaths'), [`${path}.env.[name=IMAGE].value`]);
    assert.equal(flag('image'), '');
  });

  test('everything has one name, one namespace and one label', () => {
    for (const object of baseObjects()) {
      const kind = textAt(object, 'kind');
      assert.equal(textAt(object, 'metadata', 'labels', 'app.kubernetes.io/name'), NAME, kind);
      assert.equal(textAt(object, 'metadata', 'name'), kind === 'Namespace' ? NAMESPACE : NAME, kind);
      const namespace = OF_CLUSTER.includes(kind) ? undefined : NAMESPACE;
      assert.equal(valueAt(object, 'metadata', 'namespace'), namespace, kind);
    }
    assert.equal(new Set(baseObjects().map((object) => textAt(object, 'kind'))).size, baseObjects().length);
  });

  test('whatever selects Pods selects those of the Deployment', () => {
    assert.deepEqual(entriesAt(podLabels), [['app.kubernetes.io/name', NAME]]);
    const [spread] = listAt(pod, 'topologySpreadConstraints');
    assert.equal(textAt(spread, 'whenUnsatisfiable'), 'ScheduleAnyway');
    for (const selector of [
      valueAt(deployment, 'spec', 'selector', 'matchLabels'),
      valueAt(baseObject('Service'), 'spec', 'selector'),
      valueAt(baseObject('PodDisruptionBudget'), 'spec', 'selector', 'matchLabels'),
      valueAt(spread, 'labelSelector', 'matchLabels'),
    ])
      assert.deepEqual(selector, podLabels);
  });

  test('the API server calls the Service, the Service the port, and the program knows its names', () => {
    const service = baseObject('Service');
    const [port, ...others] = listAt(service, 'spec', 'ports');
    assert.deepEqual(others, []);
    assert.deepEqual(valueAt(webhook, 'clientConfig'), {
      service: { name: NAME, namespace: NAMESPACE, path: '/mutate', port: valueAt(port, 'port') },
    });
    const ports = listAt(container, 'ports').map((each) => [
      textAt(each, 'name'),
      valueAt(each, 'containerPort'),
    ]);
    assert.deepEqual(ports, [
      [textAt(port, 'targetPort'), 18443],
      ['health', 18080],
    ]);
    for (const [probe, path] of [
      ['readinessProbe', '/readyz'],
      ['livenessProbe', '/livez'],
    ] as const)
      assert.deepEqual(valueAt(container, probe, 'httpGet'), { port: 'health', path });
    assert.equal(flag('service'), `${NAMESPACE}/${NAME}`);
    assert.equal(flag('secret'), `${NAMESPACE}/${SECRET}`);
    assert.equal(flag('configuration'), NAME);
  });

  test('the program takes its arguments, whatever family the address of the Pod is of', () => {
    for (const podIp of ['192.0.2.7', '2001:db8::7']) {
      const image = 'registry.example.com/watchsieve:1';
      const variables = new Map([...VARIABLES, ['POD_IP', podIp], ['IMAGE', image]]);
      const names = listAt(container, 'env').map((variable) => textAt(variable, 'name'));
      assert.deepEqual(names.sort(), [...variables.keys()].sort());
      const [command, ...argv] = listAt(container, 'args').map((arg) =>
        String(arg).replaceAll(/\$\((\w+)\)/g, (_, name: string) => variables.get(name) ?? assert.fail(name)),
      );
      assert.equal(command, 'webhook');
      const parsed = parseWebhookOptions(argv);
      assert.ok('ok' in parsed, JSON.stringify(parsed));
      assert.deepEqual(parsed.ok.listen, { host: podIp, port: 18443 });
      assert.deepEqual(parsed.ok.healthListen, { host: podIp, port: 18080 });
      assert.deepEqual(parsed.ok.secret, { namespace: NAMESPACE, name: SECRET });
      assert.equal(parsed.ok.configuration, NAME);
      assert.equal(parsed.ok.sidecar.image, image);
      const service = valueAt(webhook, 'clientConfig', 'service');
      assert.ok(parsed.ok.hosts.includes(`${textAt(service, 'name')}.${textAt(service, 'namespace')}.svc`));
    }
    assert.equal(textAt(webhook, 'name'), WEBHOOK_NAME);
  });

  test('its rights are those to two objects by name, and to make one of them', () => {
    const secrets = { apiGroups: [''], resources: ['secrets'] };
    assert.deepEqual(valueAt(baseObject('Role'), 'rules'), [
      { ...secrets, verbs: ['create'] },
      { ...secrets, resourceNames: [SECRET], verbs: ['get', 'update'] },
    ]);
    assert.deepEqual(valueAt(baseObject('ClusterRole'), 'rules'), [
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations'],
        resourceNames: [NAME],
        verbs: ['get', 'patch'],
      },
      { apiGroups: [''], resources: ['limitranges', 'resourcequotas'], verbs: ['list'] },
    ]);
    for (const kind of ['Role', 'ClusterRole']) {
      const binding = baseObject(`${kind}Binding`);
      const apiGroup = 'rbac.authorization.k8s.io';
      assert.deepEqual(valueAt(binding, 'roleRef'), { apiGroup, kind, name: NAME });
      const subject = { kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE };
      assert.deepEqual(valueAt(binding, 'subjects'), [subject]);
    }
    assert.equal(textAt(pod, 'serviceAccountName'), NAME);
    assert.equal(valueAt(baseObject('ServiceAccount'), 'automountServiceAccountToken'), false);
    assert.equal(valueAt(pod, 'automountServiceAccountToken'), true);
  });

  test('it is asked about new Pods only, and a Pod is created whatever becomes of it', () => {
    assert.deepEqual(otherWebhooks, []);
    assert.deepEqual(valueAt(webhook, 'rules'), [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['CREATE'],
        resources: ['pods'],
        scope: 'Namespaced',
      },
    ]);
    assert.equal(valueAt(webhook, 'failurePolicy'), 'Ignore');
    assert.equal(valueAt(webhook, 'timeoutSeconds'), 3);
    assert.equal(valueAt(webhook, 'sideEffects'), 'None');
    assert.equal(valueAt(webhook, 'reinvocationPolicy'), 'IfNeeded');
    assert.deepEqual(valueAt(webhook, 'admissionReviewVersions'), ['v1']);
  });

  test('only namespaces with the label are looked at, kube-system and its own never, its own Pods never', () => {
    const namespaces = valueAt(webhook, 'namespaceSelector');
    const namespace = (name: string, injection?: string) =>
      selects(namespaces, {
        'kubernetes.io/metadata.name': name,
        ...(injection === undefined ? {} : { 'watchsieve.dev/injection': injection }),
      });
    assert.ok(namespace('metallb-system', 'enabled'));
    assert.ok(!namespace('metallb-system'));
    assert.ok(!namespace('metallb-system', 'disabled'));
    assert.ok(!namespace('kube-system', 'enabled'));
    assert.ok(!namespace(NAMESPACE, 'enabled'));
    const pods = valueAt(webhook, 'objectSelector');
    assert.ok(selects(pods, { app: 'metallb' }));
    assert.ok(!selects(pods, { 'app.kubernetes.io/name': textAt(podLabels, 'app.kubernetes.io/name') }));
  });

  test('no manifest and no template writes a caBundle, which would undo the program’s', () => {
    assert.equal(valueAt(webhook, 'clientConfig', 'caBundle'), undefined);
    for (const [file, text] of templates('watchsieve-webhook'))
      if (file.endsWith('.yaml')) assert.doesNotMatch(text, /^\s*caBundle:/m, file);
  });

  test('the Pod is as confined as the sidecar, in a namespace that takes nothing less', () => {
    assert.deepEqual(otherContainers, []);
    const shape = { port: 17_480, preset: undefined, container: 'speaker', annotated: true, image: 'i' };
    const [sidecar] = listAt(sidecarPatch({ ...shape, variant: 'native' }), 'spec', 'initContainers');
    for (const part of ['securityContext', 'resources', 'imagePullPolicy'])
      assert.deepEqual(valueAt(container, part), valueAt(sidecar, part), part);
    const level = 'pod-security.kubernetes.io/enforce';
    assert.equal(textAt(baseObject('Namespace'), 'metadata', 'labels', level), 'restricted');
  });

  test('two replicas, of which one stays, unless neither works', () => {
    assert.equal(valueAt(deployment, 'spec', 'replicas'), 2);
    assert.deepEqual(valueAt(deployment, 'spec', 'strategy', 'rollingUpdate'), {
      maxSurge: 1,
      maxUnavailable: 0,
    });
    const budget = valueAt(baseObject('PodDisruptionBudget'), 'spec');
    assert.equal(valueAt(budget, 'minAvailable'), 1);
    assert.equal(valueAt(budget, 'unhealthyPodEvictionPolicy'), 'AlwaysAllow');
  });
});
