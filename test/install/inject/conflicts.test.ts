import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PRESETS } from '../../../src/core/projection/presets.ts';
import { uninject } from '../../../src/install/inject/inject.ts';
import { parseLabelSelector } from '../../../src/install/inject/selector.ts';
import { DEFAULTS, DEPLOYMENT, FRR_K8S, inject, type InjectOptions, SPEAKER } from './manifests.ts';

/** What is said against injecting `text`, which stays as it is. */
function problemsOf(text: string, options: Partial<InjectOptions> = {}): string[] {
  const result = inject(text, { ...DEFAULTS, ...options });
  assert.equal(result.text, text);
  return result.problems.map(({ message }) => message);
}

/** Which workloads of `text` are meant, each with its container, preset and first port. */
function chosen(text: string, options: Partial<InjectOptions> = {}): string[] {
  const result = inject(text, { ...DEFAULTS, ...options });
  assert.deepEqual(result.problems, []);
  return result.touched.map(({ object, sidecar }) =>
    [object, sidecar?.container, sidecar?.preset, sidecar?.ports?.proxy].join(' '),
  );
}

const replaced = (text: string, from: string | RegExp, to: string): string => {
  const result = text.replace(from, to);
  assert.notEqual(result, text);
  return result;
};

describe('what stands in the way is said, and nothing is changed (R44)', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'KUBECONFIG',
      replaced(
        SPEAKER,
        '- name: METALLB_HOST',
        '- name: KUBECONFIG\n          value: x\n        - name: METALLB_HOST',
      ),
      ['its container speaker has KUBECONFIG set already'],
    ],
    [
      '--kubeconfig',
      replaced(SPEAKER, '- --port=7472', '- --kubeconfig=/x'),
      ['its container speaker is started with --kubeconfig, which wins over KUBECONFIG'],
    ],
    [
      'names and ports that are taken, all at once',
      replaced(
        replaced(
          SPEAKER,
          'name: metallb-excludel2\n        name: metallb-excludel2',
          'name: x\n        name: watchsieve-ca',
        ),
        '      - args:',
        '      - name: watchsieve\n        image: x\n        ports: [{ containerPort: 80, hostPort: 17481 }]\n      - args:',
      ),
      [
        "it already has a container watchsieve that is not watchsieve's",
        "it already has a volume watchsieve-ca that is not watchsieve's",
        'its container watchsieve has port 17481 already; choose others with --port',
      ],
    ],
    [
      'a mount at our path',
      replaced(SPEAKER, 'mountPath: /etc/metallb', 'mountPath: /run/watchsieve/'),
      ['its container speaker has something mounted at /run/watchsieve already'],
    ],
    [
      'a mount at our path by its other name',
      replaced(SPEAKER, 'mountPath: /etc/metallb', 'mountPath: /var/run//watchsieve'),
      ['its container speaker has something mounted at /run/watchsieve already'],
    ],
    [
      'a mount inside of our path, where nothing can be mounted',
      replaced(SPEAKER, 'mountPath: /etc/metallb', 'mountPath: /run/watchsieve/own'),
      [
        'its container speaker has something mounted at /run/watchsieve/own, which is inside of /run/watchsieve',
      ],
    ],
    [
      'a volume around our path in which nothing can be mounted',
      replaced(SPEAKER, 'mountPath: /etc/metallb', 'mountPath: /var/run'),
      [
        'its container speaker has something read-only mounted at /var/run, which leaves no place for /run/watchsieve',
      ],
    ],
    [
      'a speaker that ignores KUBECONFIG',
      replaced(SPEAKER, 'v0.14.5', 'v0.12.1'),
      ['MetalLB v0.12.1 ignores KUBECONFIG; use 0.13 or newer, or --client in-cluster'],
    ],
    [
      'no containers',
      replaced(SPEAKER, / {6}containers:[^]*? {6}hostN/, '      hostN'),
      ['its Pod template has no containers'],
    ],
    [
      'two containers and no sign which',
      replaced(DEPLOYMENT, '- name: watcher', '- name: a\n                - name: b'),
      [
        'which of its containers is the client (a, b)? Name it with --container or the annotation watchsieve.dev/container',
      ],
    ],
    [
      'annotations with mistakes, all at once',
      replaced(
        DEPLOYMENT,
        'preset: heartbeat',
        'preset: nodes\n        watchsieve.dev/port: "80"\n        watchsieve.dev/variant: nativ\n        watchsieve.dev/client: incluster\n        watchsieve.dev/container: x',
      ),
      [
        'it has no container x, only watcher',
        `there is no preset nodes; there are ${PRESETS.join(', ')}`,
        'the annotation watchsieve.dev/variant must be native or ordinary or hub-alone, not nativ',
        'the annotation watchsieve.dev/client must be kubeconfig or in-cluster, not incluster',
        'the annotation watchsieve.dev/port must be a port from 1024 to 65523, not 80',
      ],
    ],
    [
      'an alias',
      replaced(
        replaced(SPEAKER, 'env:\n', 'env: &e\n'),
        / {6}volumes:[^]*/,
        '      initContainers:\n      - name: i\n        env: *e\n',
      ),
      ['spec.template.spec.containers.0.env is used elsewhere too, by its anchor &e: write it out there'],
    ],
    [
      'an alias in the place itself',
      replaced(
        replaced(SPEAKER, 'args:\n', 'args: &a\n'),
        / {8}volumeMounts:[^]*? {6}hostN/,
        '        volumeMounts: *a\n      hostN',
      ),
      ['spec.template.spec.containers.0.volumeMounts is an alias (*a): write it out'],
    ],
    [
      'a merge key',
      replaced(
        replaced(SPEAKER, '  labels:\n', '  labels: &l\n'),
        '      hostNetwork',
        '      <<: *l\n      hostNetwork',
      ),
      ['spec.template.spec takes keys from another mapping by <<: write them out'],
    ],
    ['text that is no YAML', replaced(SPEAKER, 'name: speaker\n', 'name: "speaker\n'), []],
  ];
  for (const [name, text, problems] of cases)
    test(name, () => {
      const found = problemsOf(text);
      if (problems.length > 0) assert.deepEqual(found, problems);
      else assert.match(found.join(), /^line \d+ of it cannot be read: /);
    });

  test('names document and object', () => {
    const text = `kind: X\n---\n# only a comment\n---\n${replaced(SPEAKER, 'v0.14.5', 'v0.12.1')}`;
    const [problem] = inject(text, DEFAULTS).problems;
    assert.equal(problem?.object, 'DaemonSet metallb-system/speaker');
    assert.equal(problem.document, 2);
  });

  test('one problem anywhere leaves all of a text as it is', () => {
    const text = `${SPEAKER}---\n${replaced(SPEAKER, 'v0.14.5', 'v0.12.1')}`;
    assert.equal(problemsOf(text).length, 1);
  });
});

describe('which workloads are meant (R44)', () => {
  const both = `${SPEAKER}---\n${FRR_K8S}---\n${replaced(DEPLOYMENT, 'inject: "true"', 'other: "true"')}`;
  const SPEAKER_ROW = 'DaemonSet metallb-system/speaker speaker metallb 17480';

  test('untold: speaker and frr-k8s, each with its own ports and preset', () => {
    assert.deepEqual(chosen(both.replace(/---\n# Copy[^]*/, '')), [
      SPEAKER_ROW,
      'DaemonSet metallb-system/frr-k8s-daemon controller labels 17490',
    ]);
    assert.match(inject(FRR_K8S, DEFAULTS).text, /name: WATCHSIEVE_PRESET\n *value: labels\n/);
  });

  test('by the images of copies, and by labels where the image tells nothing', () => {
    const image = 'quay.io/metallb/speaker:v0.14.5';
    for (const other of [
      'registry.example.org:5000/mirror/quay.io/metallb/speaker@sha256:0123',
      'docker.io/bitnami/metallb-speaker:0.14.9-debian-12-r0',
      'example.org/own-build',
    ])
      assert.deepEqual(chosen(replaced(SPEAKER, image, other)), [SPEAKER_ROW], other);
    const chart = replaced(
      replaced(SPEAKER, image, 'x'),
      /labels:\n {8}app: metallb\n {8}component/,
      'labels:\n        app.kubernetes.io/name: metallb\n        app.kubernetes.io/component',
    );
    assert.deepEqual(chosen(chart), [SPEAKER_ROW]);
    assert.deepEqual(chosen(replaced(SPEAKER, 'kind: DaemonSet', 'kind: Deployment')), []);
    assert.deepEqual(chosen(replaced(SPEAKER, 'apps/v1', 'example.org/v1')), []);
  });

  test('by name or label: these only', () => {
    const name = (...names: string[]) => chosen(both, { choice: { names, selector: undefined } });
    const WATCHER_ROW = 'Deployment watcher watcher heartbeat 17480';
    assert.deepEqual(name('watcher'), [WATCHER_ROW]);
    assert.deepEqual(name('metallb-system/speaker'), [SPEAKER_ROW]);
    assert.deepEqual(name('other/speaker'), []);
    assert.deepEqual(name('metallb-system/watcher'), []);
    const selector = parseLabelSelector('app=metallb,component in (speaker, x)');
    assert.deepEqual(chosen(both, { choice: { names: [], selector } }), [SPEAKER_ROW]);
  });

  test('by annotation: "true" always, "false" never, on the workload or its Pod template', () => {
    const no = replaced(SPEAKER, 'prometheus.io/scrape: "true"', 'watchsieve.dev/inject: "false"');
    assert.deepEqual(chosen(no), []);
    assert.deepEqual(chosen(no, { choice: { names: ['speaker'], selector: undefined } }), []);
    assert.equal(chosen(DEPLOYMENT, { choice: { names: ['other'], selector: undefined } }).length, 1);
  });

  test('annotations win over flags', () => {
    const text = replaced(
      DEPLOYMENT,
      'preset: heartbeat',
      'preset: labels\n        watchsieve.dev/port: "18000"',
    );
    assert.deepEqual(chosen(text, { preset: 'heartbeat', port: 19000 }), [
      'Deployment watcher watcher labels 18000',
    ]);
  });

  test('--port is the first of the speaker, frr-k8s keeps its distance', () => {
    assert.deepEqual(
      chosen(`${SPEAKER}---\n${FRR_K8S}`, { port: 20000 }).map((row) => row.split(' ').at(-1)),
      ['20000', '20010'],
    );
  });

  test('uninject takes them all, or those that are named', () => {
    const text = inject(`${SPEAKER}---\n${FRR_K8S}`, DEFAULTS).text;
    assert.equal(uninject(text, DEFAULTS.choice).text, `${SPEAKER}---\n${FRR_K8S}`);
    assert.deepEqual(
      uninject(text, { names: ['speaker'], selector: undefined }).touched.map(({ object }) => object),
      ['DaemonSet metallb-system/speaker'],
    );
  });
});

test('a Pod is its own template; that of a controller, or an unknown one that nobody asked for, is left alone (R44)', () => {
  const pod = (more: object, kind = 'Pod') =>
    JSON.stringify({
      apiVersion: 'v1',
      kind,
      metadata: {
        name: 'watcher',
        namespace: 'x',
        annotations: { 'watchsieve.dev/inject': 'true' },
        ...more,
      },
      spec: { containers: [{ name: 'watcher' }] },
    });
  assert.deepEqual(chosen(pod({})), ['Pod x/watcher watcher metallb 17480']);
  assert.deepEqual(
    chosen(pod({ annotations: {} }), { choice: { names: ['watcher'], selector: undefined } }),
    ['Pod x/watcher watcher metallb 17480'],
  );
  assert.deepEqual(chosen(pod({ annotations: {} })), []);
  assert.deepEqual(chosen(pod({}, 'PodTemplate')), []);
  const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'speaker', uid: '1', controller: true };
  assert.deepEqual(chosen(pod({ ownerReferences: [owner] })), []);
  const { text } = inject(pod({}), DEFAULTS);
  assert.equal(uninject(text, { names: [], selector: undefined }).text, pod({}));
});

test('label selectors are those of kubectl', () => {
  const labels = { app: 'metallb', tier: 'node', generation: '7', 'a.b/c': '3' };
  const verdicts: Record<string, boolean | undefined> = {
    'app=metallb': true,
    'app==metallb,tier!=x': true,
    'app != metallb': false,
    'other!=x': true,
    'app in (a, metallb)': true,
    'app notin (a,metallb)': false,
    app: true,
    '!app': false,
    '!other, app': true,
    '': undefined,
    'app=a b': undefined,
    'app in a': undefined,
    'app=metallb,': undefined,
    'generation>5': true,
    'generation > 7': false,
    'generation<8,generation>6': true,
    'a.b/c > 2': true,
    'a.b/c > -1': undefined,
    'app>5': false,
    'other<5': false,
    'generation>5x': undefined,
    'generation>': undefined,
    constructor: false,
    toString: false,
    '!constructor': true,
    'constructor!=x': true,
    'hasOwnProperty in (x)': false,
    'a/b/c=d': undefined,
    'A/b=c': undefined,
    [`${'k'.repeat(64)}=v`]: undefined,
    [`app=${'v'.repeat(64)}`]: undefined,
  };
  for (const [text, verdict] of Object.entries(verdicts))
    assert.equal(parseLabelSelector(text)?.(labels), verdict, text);
});
