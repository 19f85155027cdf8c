/** The kustomize base of the hub: its objects fit together, it may read what it shares and nothing else, and its certificate is trusted. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { parse, parseAllDocuments } from 'yaml';
import { parseSettings } from '../../src/config/parse-settings.ts';
import { nameOf } from '../../src/core/resource/resource.ts';
import { DEFAULT_HUB_CA, DEFAULT_HUB_NAME } from '../../src/install/inject/hub.ts';
import { sidecar } from '../../src/install/inject/sidecar.ts';
import { readServingFiles } from '../../src/platform/identity/serving-files.ts';
import { anchorsOf, DOCUMENTS } from '../docs/documents.ts';
import { entriesAt, listAt, textAt, valueAt } from '../support/json-value.ts';
import { CLOSED_SETS, METRICS } from '../support/metric-table.ts';
import { namedIn } from '../support/promql.ts';
import { baseFiles, baseObject, baseObjects } from '../support/webhook-manifests.ts';

const NAME = 'watchsieve-hub';
const HUB = join(import.meta.dirname, '..', '..', 'manifests', 'hub');
const OF_CLUSTER = ['ClusterRole', 'ClusterRoleBinding', 'Namespace'];

const deployment = baseObject('Deployment', 'hub');
const pod = valueAt(deployment, 'spec', 'template', 'spec');
const podLabels = valueAt(deployment, 'spec', 'template', 'metadata', 'labels');
const [container, ...otherContainers] = listAt(pod, 'containers');

/** As `serve` reads the arguments of a Pod with this address. */
function settingsAt(podIp: string) {
  const [, ...argv] = listAt(container, 'args').map((arg) => String(arg).replaceAll('$(POD_IP)', podIp));
  const parsed = parseSettings({ argv, env: {}, readFile: () => undefined });
  assert.ok('ok' in parsed, JSON.stringify(parsed));
  return parsed.ok;
}

describe('the base of the hub (I10, R34)', () => {
  test('the kustomization names every file, and the image is that of the other manifests', () => {
    const { there, named } = baseFiles('hub');
    assert.deepEqual([...named].sort(), [...there].sort());
    const kustomization: unknown = parse(readFileSync(join(HUB, 'kustomization.yaml'), 'utf8'));
    assert.deepEqual(listAt(kustomization, 'transformers'), ['../components/image']);
    assert.equal(textAt(container, 'image'), '');
    assert.deepEqual(otherContainers, []);
  });

  test('everything has one name, one namespace and one label', () => {
    for (const object of baseObjects('hub')) {
      const kind = textAt(object, 'kind');
      assert.equal(textAt(object, 'metadata', 'labels', 'app.kubernetes.io/name'), NAME, kind);
      assert.equal(textAt(object, 'metadata', 'name'), NAME, kind);
      const namespace = OF_CLUSTER.includes(kind) ? undefined : NAME;
      assert.equal(valueAt(object, 'metadata', 'namespace'), namespace, kind);
    }
  });

  test('whatever selects Pods selects those of the Deployment', () => {
    assert.deepEqual(entriesAt(podLabels), [['app.kubernetes.io/name', NAME]]);
    const antiAffinity = valueAt(pod, 'affinity', 'podAntiAffinity');
    const [apart] = listAt(antiAffinity, 'preferredDuringSchedulingIgnoredDuringExecution');
    for (const selector of [
      valueAt(deployment, 'spec', 'selector', 'matchLabels'),
      valueAt(baseObject('Service', 'hub'), 'spec', 'selector'),
      valueAt(baseObject('PodDisruptionBudget', 'hub'), 'spec', 'selector', 'matchLabels'),
      valueAt(baseObject('NetworkPolicy', 'hub'), 'spec', 'podSelector', 'matchLabels'),
      valueAt(apart, 'podAffinityTerm', 'labelSelector', 'matchLabels'),
    ])
      assert.deepEqual(selector, podLabels);
  });

  test('the program takes its arguments, and may list and watch what it shares, and nothing else', () => {
    const { share, listen, metricsListen, sieved } = settingsAt('10.0.0.1');
    assert.deepEqual([listen.host, metricsListen?.host], ['10.0.0.1', '10.0.0.1']);
    assert.equal(settingsAt('fd00::7').listen.host, 'fd00::7');
    const shared = sieved.filter(({ resource }) => share?.includes(nameOf(resource)));
    assert.equal(shared.length, share?.length);
    const kinds = baseObjects('hub').map((object) => textAt(object, 'kind'));
    assert.deepEqual(
      kinds.filter((kind) => /Role/.test(kind)),
      ['ClusterRole', 'ClusterRoleBinding'],
    );
    assert.deepEqual(
      listAt(baseObject('ClusterRole', 'hub'), 'rules'),
      shared.map(({ resource: { group, plural } }) => ({
        apiGroups: [group],
        resources: [plural],
        verbs: ['list', 'watch'],
      })),
    );
    const binding = baseObject('ClusterRoleBinding', 'hub');
    assert.deepEqual(listAt(binding, 'subjects'), [{ kind: 'ServiceAccount', name: NAME, namespace: NAME }]);
    assert.equal(textAt(binding, 'roleRef', 'name'), NAME);
    assert.equal(textAt(pod, 'serviceAccountName'), NAME);
    const account = baseObject('ServiceAccount', 'hub');
    assert.equal(valueAt(account, 'automountServiceAccountToken'), false);
    assert.equal(valueAt(pod, 'automountServiceAccountToken'), true);
  });

  test('Service, probes and NetworkPolicy lead to the ports that the program listens at', () => {
    const { listen, metricsListen } = settingsAt('10.0.0.1');
    const ports = listAt(container, 'ports').map((port) => [
      textAt(port, 'name'),
      valueAt(port, 'containerPort'),
    ]);
    assert.deepEqual(ports, [
      ['hub', listen.port],
      ['watchsieve', metricsListen?.port],
    ]);
    const [port, ...others] = listAt(baseObject('Service', 'hub'), 'spec', 'ports');
    assert.deepEqual(others, []);
    assert.deepEqual([valueAt(port, 'port'), textAt(port, 'targetPort')], [443, 'hub']);
    // Each connection may lead to another replica, and each watch of a sidecar has one of its own.
    assert.equal(textAt(baseObject('Service', 'hub'), 'spec', 'sessionAffinity'), 'ClientIP');
    for (const [probe, path] of [
      ['readinessProbe', '/readyz'],
      ['livenessProbe', '/livez'],
    ] as const)
      assert.deepEqual(valueAt(container, probe, 'httpGet'), { port: 'watchsieve', path });
    const [ingress, ...more] = listAt(baseObject('NetworkPolicy', 'hub'), 'spec', 'ingress');
    assert.deepEqual(more, []);
    assert.deepEqual(
      listAt(ingress, 'ports').map((each) => textAt(each, 'port')),
      ports.map(([name]) => name),
    );
  });

  test('it is as confined as a sidecar, writes to memory alone, and has room for its watches', () => {
    const { initContainers } = sidecar({
      ...{
        image: 'i',
        variant: 'native',
        leading: 'kubeconfig',
        preset: 'metallb',
        isHostNetwork: true,
        way: [],
      },
      ports: { proxy: 1, admin: 2, metrics: 3 },
      resources: { requests: {}, limits: {} },
    });
    assert.deepEqual(valueAt(container, 'securityContext'), initContainers[0]?.['securityContext']);
    const settings = settingsAt('10.0.0.1');
    const mountOf = (path: string) =>
      listAt(container, 'volumeMounts').find((mount) => path.startsWith(`${textAt(mount, 'mountPath')}/`));
    const volumeOf = (path: string) => {
      const name = textAt(mountOf(path), 'name');
      return listAt(pod, 'volumes').find((volume) => textAt(volume, 'name') === name);
    };
    assert.equal(textAt(volumeOf(`${settings.stateDir}/ca.crt`), 'emptyDir', 'medium'), 'Memory');
    assert.equal(valueAt(volumeOf(settings.config), 'configMap', 'optional'), true);
    for (const file of [settings.tlsCertFile, settings.tlsPrivateKeyFile])
      assert.equal(textAt(volumeOf(file ?? ''), 'secret', 'secretName'), 'watchsieve-hub-tls');
    // Each watch takes 64 KiB of the budget, and half of it is for what is known of them.
    assert.ok(settings.maxStreams * 64 * 1024 <= settings.memoryBudgetBytes);
    assert.ok(settings.maxConnections >= settings.maxStreams);
    const grace = Number(valueAt(pod, 'terminationGracePeriodSeconds')) * 1000;
    assert.ok(settings.drainTimeoutMs * 2 < grace);
  });
});

test('its own authority needs one Secret and one ConfigMap by their names, and may make neither (I10)', () => {
  const folder = join(HUB, '..', 'components', 'hub-authority');
  const kustomization: unknown = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'));
  const operations: unknown = parse(textAt(kustomization, 'patches', 0, 'patch'));
  const args = [...listAt(container, 'args')];
  for (const operation of listAt(operations)) {
    const index = Number(/\/args\/(\d+)$/.exec(textAt(operation, 'path'))?.[1] ?? -1);
    if (index < 0) continue;
    const value = valueAt(operation, 'value');
    if (textAt(operation, 'op') === 'test') assert.equal(args[index], value);
    else args.splice(index, textAt(operation, 'op') === 'replace' ? 1 : 0, value);
  }
  const [, ...argv] = args.map((arg) =>
    String(arg).replaceAll('$(POD_IP)', '10.0.0.1').replaceAll('$(NAMESPACE)', NAME),
  );
  const parsed = parseSettings({ argv, env: {}, readFile: () => undefined });
  assert.ok('ok' in parsed, JSON.stringify(parsed));
  const { tlsAuthority, tlsAuthorityNames, tlsAuthorityConfigmaps } = parsed.ok;
  assert.deepEqual(tlsAuthorityNames, [DEFAULT_HUB_NAME]);
  assert.deepEqual(tlsAuthorityConfigmaps, [{ namespace: 'metallb-system', name: DEFAULT_HUB_CA }]);
  const objects = ['authority.yaml', 'sidecars.yaml'].flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((each) => each.toJS() as unknown),
  );
  const namesOf = (kind: string) =>
    objects
      .filter((object) => textAt(object, 'kind') === kind)
      .map((object) => ({
        namespace: textAt(object, 'metadata', 'namespace'),
        name: textAt(object, 'metadata', 'name'),
      }));
  assert.deepEqual(namesOf('Secret'), [tlsAuthority]);
  assert.deepEqual(namesOf('ConfigMap'), tlsAuthorityConfigmaps);
  const rules = objects.flatMap((object) =>
    textAt(object, 'kind') === 'Role'
      ? listAt(object, 'rules').map((rule) => [textAt(object, 'metadata', 'namespace'), rule])
      : [],
  );
  const core = { apiGroups: [''] };
  assert.deepEqual(rules, [
    [
      NAME,
      { ...core, resources: ['secrets'], resourceNames: [tlsAuthority?.name], verbs: ['get', 'update'] },
    ],
    [
      'metallb-system',
      { ...core, resources: ['configmaps'], resourceNames: [DEFAULT_HUB_CA], verbs: ['get', 'patch'] },
    ],
  ]);
});

describe('monitoring of the hub (R34)', () => {
  const read = (file: string): unknown =>
    parse(readFileSync(join(HUB, '..', 'components', 'hub-monitoring', file), 'utf8'));
  const rules = listAt(read('prometheusrule.yaml'), 'spec', 'groups').flatMap((group) =>
    listAt(group, 'rules'),
  );

  test('the PodMonitor finds the Pods and their port', () => {
    const monitor = read('podmonitor.yaml');
    assert.deepEqual(valueAt(monitor, 'spec', 'selector', 'matchLabels'), podLabels);
    const [endpoint] = listAt(monitor, 'spec', 'podMetricsEndpoints');
    assert.ok(listAt(container, 'ports').some((port) => textAt(port, 'name') === textAt(endpoint, 'port')));
    assert.equal(textAt(monitor, 'spec', 'jobLabel'), 'app.kubernetes.io/name');
  });

  test('the alerts ask for metrics and words that there are, of this job, and each has its runbook', () => {
    const document = DOCUMENTS.find(({ path }) => path === 'docs/hub.md');
    assert.ok(document);
    for (const rule of rules) {
      const { selectors } = namedIn(textAt(rule, 'expr'));
      assert.ok(selectors.length > 0);
      for (const { metric, matchers } of selectors) {
        const [, ...labels] = METRICS[metric] ?? (metric === 'up' ? ['gauge'] : assert.fail(metric));
        const [first, ...more] = matchers;
        assert.deepEqual(first, { label: 'job', operator: '=', value: NAME });
        for (const { label, value } of more) {
          assert.ok(labels.includes(label), label);
          for (const word of value.split('|')) assert.ok(CLOSED_SETS[label]?.includes(word), word);
        }
      }
      const name = textAt(rule, 'alert').toLowerCase();
      assert.equal(textAt(rule, 'annotations', 'runbook_url'), `docs/hub.md#${name}`);
    }
    const sections = [...anchorsOf(document)].filter((anchor) => anchor.startsWith('watchsievehub'));
    assert.deepEqual(sections.sort(), rules.map((rule) => textAt(rule, 'alert').toLowerCase()).sort());
  });
});

/** What kubectl was asked to apply, in order. */
interface Applied {
  readonly kind: string;
  readonly namespace: string;
  /** A CA, or a certificate. */
  readonly pem: string;
}

/** Records what is applied, and holds the last of each. */
const KUBECTL = `#!/bin/sh
set -eu
case "$*" in
  "get configmap watchsieve-hub-ca --namespace new "*) ;;
  "get configmap watchsieve-hub-ca --namespace "*) [ ! -e "$RECORD/ca" ] || cat "$RECORD/ca" ;;
  *"apply --server-side"*) cat ;;
  "create configmap watchsieve-hub-ca --namespace stopped "*) kill -s TERM "$PPID" ;;
  "create configmap watchsieve-hub-ca --namespace "*)
    printf 'ConfigMap %s ' "$5" >>"$RECORD/applied"; cp "\${6#--from-file=ca.crt=}" "$RECORD/ca"; openssl base64 -A -in "\${6#--from-file=ca.crt=}" >>"$RECORD/applied"; echo >>"$RECORD/applied" ;;
  "create secret tls watchsieve-hub-tls --namespace "*)
    printf 'Secret %s ' "$6" >>"$RECORD/applied"; cp "\${7#--cert=}" "$RECORD/cert"; cp "\${8#--key=}" "$RECORD/key"
    openssl base64 -A -in "\${7#--cert=}" >>"$RECORD/applied"; echo >>"$RECORD/applied" ;;
  *) echo "unknown: $*" >&2; exit 1 ;;
esac
`;

test('certificate.sh makes a certificate that sidecars trust by the ConfigMap, before the hub has it, and again (I10, I15)', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'watchsieve-hub-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['bin', 'tmp']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'bin', 'kubectl'), KUBECTL);
  chmodSync(join(folder, 'bin', 'kubectl'), 0o755);
  const env = {
    ...{ ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` },
    ...{ RECORD: folder, TMPDIR: join(folder, 'tmp') },
  };
  const make = (...namespaces: readonly string[]): readonly Applied[] => {
    writeFileSync(join(folder, 'applied'), '');
    execFileSync('sh', [join(HUB, 'certificate.sh'), ...namespaces], { env });
    assert.deepEqual(readdirSync(env.TMPDIR), [], 'no key is left behind');
    return readFileSync(join(folder, 'applied'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const [kind = '', namespace = '', base64 = ''] = line.split(' ');
        return { kind, namespace, pem: Buffer.from(base64, 'base64').toString() };
      });
  };
  const serve = async () => {
    const { certPem, keyPem } = await readServingFiles({
      certFile: join(folder, 'cert'),
      keyFile: join(folder, 'key'),
    });
    const server = createServer({ cert: certPem, key: keyPem }, (socket) => socket.end()).listen(
      0,
      '127.0.0.1',
    );
    t.after(() => server.close());
    await once(server, 'listening');
    return server;
  };
  const reach = async (server: Awaited<ReturnType<typeof serve>>, ca: string) => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const socket = connect({ host: '127.0.0.1', port, ca, servername: DEFAULT_HUB_NAME });
    await once(socket, 'secureConnect').finally(() => socket.destroy());
  };
  assert.equal(DEFAULT_HUB_CA, 'watchsieve-hub-ca');
  const first = make('one', 'two');
  assert.deepEqual(
    first.map(({ kind, namespace }) => `${kind} ${namespace}`),
    ['ConfigMap one', 'ConfigMap two', 'Secret watchsieve-hub'],
  );
  const caOf = (applied: readonly Applied[]) => applied[0]?.pem ?? '';
  const before = await serve();
  await reach(before, caOf(first));
  const again = make('new', 'one', 'two');
  const after = await serve();
  await reach(after, caOf(again));
  await reach(before, caOf(again));
  await assert.rejects(reach(after, caOf(first)), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  const third = caOf(make('one', 'two')).split('-----BEGIN CERTIFICATE-----');
  assert.equal(third.length, 3, 'it does not grow');
  assert.throws(() => make('stopped'), { status: 1 });
  assert.deepEqual(readdirSync(env.TMPDIR), [], 'nor where it is stopped');
});
