/** Pods of in-cluster clients at admission, where the ServiceAccount plugin has been before the webhook (R44). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { review } from '../../../src/install/webhook/review.ts';
import { listAt, textAt, valueAt } from '../../support/json-value.ts';
import { DEFAULTS, inject, SPEAKER } from '../inject/manifests.ts';
import { NO_RULES, OPTIONS, patched, podFrom, reviewOf, reviewOptions } from './reviews.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const IN_CLUSTER = { ...OPTIONS, leading: 'in-cluster' } as const;
const TEMPLATE: unknown = valueAt(parse(SPEAKER), 'spec', 'template');
const TOKEN = { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } };
const VOLUME = { name: 'kube-api-access-x7k2p', projected: { defaultMode: 420, sources: [TOKEN] } };

/** As the plugin leaves it: behind all that is there, in each container without something at that path. */
function admitted(pod: unknown, mount: object = {}, volume: object = VOLUME): object {
  const copy = structuredClone(pod) as { spec: Record<string, unknown> };
  const own = { name: VOLUME.name, readOnly: true, mountPath: SERVICE_ACCOUNT, ...mount };
  for (const list of ['initContainers', 'containers'] as const)
    copy.spec[list] = listAt(copy.spec, list).map((container) => {
      const mounts = listAt(container, 'volumeMounts');
      const has = mounts.some((each) => textAt(each, 'mountPath') === SERVICE_ACCOUNT);
      return { ...(container as object), volumeMounts: has ? mounts : [...mounts, own] };
    });
  copy.spec['volumes'] = [...listAt(copy.spec, 'volumes'), volume];
  return copy;
}

const reviewed = (pod: unknown) => review(reviewOf(pod), reviewOptions(IN_CLUSTER), NO_RULES);
const specOf = (object: unknown) => valueAt(object, 'spec');

test('it becomes what the plugin makes of a template that inject has changed', () => {
  const { text } = inject(SPEAKER, { ...DEFAULTS, leading: 'in-cluster' });
  const template: unknown = valueAt(parse(text), 'spec', 'template');
  const pod = admitted(podFrom(TEMPLATE));
  const result = patched(pod, reviewed(pod).answer);
  assert.deepEqual(specOf(result), specOf(admitted(podFrom(template))));
  // The plugin is called again after a webhook, and so may the webhook be.
  const again = admitted(result);
  assert.deepEqual(valueAt(again, 'spec', 'containers'), valueAt(result, 'spec', 'containers'));
  assert.equal(reviewed(result).result, 'unchanged');
});

test('other containers of the Pod keep their token, and the sidecar has none (I7)', () => {
  const plain = podFrom(TEMPLATE) as { spec: { containers: object[] } };
  plain.spec.containers.push({ name: 'other', image: 'x:1' });
  const pod = admitted(plain);
  const result = admitted(patched(pod, reviewed(pod).answer));
  const mountsOf = (list: string, name: string) =>
    listAt(
      listAt(result, 'spec', list).find((each) => textAt(each, 'name') === name),
      'volumeMounts',
    ).map((mount) => [textAt(mount, 'name'), textAt(mount, 'mountPath')]);
  assert.deepEqual(mountsOf('containers', 'other'), [[VOLUME.name, SERVICE_ACCOUNT]]);
  assert.deepEqual(mountsOf('containers', 'speaker').slice(0, 2), [
    ['watchsieve', SERVICE_ACCOUNT],
    ['watchsieve-token', '/var/run/secrets/watchsieve.dev/serviceaccount'],
  ]);
  assert.deepEqual(
    mountsOf('initContainers', 'watchsieve').map(([name]) => name),
    ['watchsieve', 'watchsieve-config', 'watchsieve-ca'],
  );
});

test('a Pod that is given no token, or has one of its own there, is made as it is, with a warning', () => {
  const none = podFrom(TEMPLATE);
  const own = { name: 'own' };
  const cases: readonly (readonly [object, string])[] = [
    [none, `its container speaker is given no token in ${SERVICE_ACCOUNT}`],
    [
      admitted(none, own, { ...VOLUME, ...own }),
      `its container speaker has something mounted at ${SERVICE_ACCOUNT} already`,
    ],
    [
      admitted(none, {}, { name: VOLUME.name, emptyDir: {} }),
      `its container speaker has something mounted at ${SERVICE_ACCOUNT} already`,
    ],
  ];
  for (const [pod, problem] of cases) {
    const { result, answer } = reviewed(pod);
    assert.equal(result, 'refused_conflict');
    assert.equal(patched(pod, answer), pod);
    assert.deepEqual(listAt(answer, 'response', 'warnings'), [
      `watchsieve: Pod metallb-system/w- gets no sidecar: ${problem}`,
    ]);
  }
});

test('clients by kubeconfig keep the mount of the plugin', () => {
  const pod = admitted(podFrom(TEMPLATE));
  const { answer } = review(reviewOf(pod), reviewOptions(OPTIONS), NO_RULES);
  const mounts = listAt(patched(pod, answer), 'spec', 'containers', 0, 'volumeMounts');
  assert.equal(textAt(mounts.at(-1), 'mountPath'), SERVICE_ACCOUNT);
});
