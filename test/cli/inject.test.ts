import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { PRESETS } from '../../src/core/projection/presets.ts';
import { INSTALL_ROWS } from '../../src/install/flags/rows.ts';
import { run } from '../../src/cli/run.ts';
import { valueAt } from '../../src/platform/text/json-value.ts';
import { DEPLOYMENT, FRR_K8S, JSON_LIST, SPEAKER } from '../install/inject/manifests.ts';
import { fakeIo } from './fake-io.ts';

async function watchsieve(argv: readonly string[], stdin = '') {
  const io = fakeIo({}, stdin);
  // There is no image that everybody has: only the test of that leaves it out.
  const [command = '', ...rest] = argv;
  const named =
    command === 'inject' && !rest.includes('--image') ? ['--image', 'x.example/w:1', ...rest] : rest;
  const code = await run([command, ...named], io);
  return { code, out: io.out(), err: io.err() };
}

async function folderWith(t: TestContext, files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'watchsieve-'));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'deep'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

test('inject - is a filter, as Helm wants a post-renderer; uninject - takes it back (R44)', async () => {
  const { code, out, err } = await watchsieve(['inject', '-'], SPEAKER);
  assert.equal(code, 0);
  assert.equal(
    err,
    'watchsieve: standard input: DaemonSet metallb-system/speaker injected (container speaker, native, preset metallb, ports 17480-17482)\n',
  );
  assert.match(out, /^ {8}image: x\.example\/w:1$/m);
  assert.deepEqual(await watchsieve(['uninject', '-'], out), {
    code: 0,
    out: SPEAKER,
    err: 'watchsieve: standard input: DaemonSet metallb-system/speaker removed\n',
  });
});

test('--hub leads the sidecar to hubs, another --hub brings it up to date, and none takes it back (R44)', async () => {
  const hub = ['--hub', 'https://10.96.0.20'];
  const { code, out, err } = await watchsieve(['inject', ...hub, '-'], SPEAKER);
  assert.equal(code, 0, err);
  for (const text of ['https://10.96.0.20/', 'watchsieve-hub.watchsieve-hub.svc', 'watchsieve-hub-ca'])
    assert.ok(out.includes(text), text);
  const again = await watchsieve(['inject', ...hub, '-'], out);
  assert.equal(again.out, out);
  const moved = await watchsieve(
    [
      'inject',
      '--hub',
      'https://[fd00::1]:6444',
      '--hub-server-name',
      'hub',
      '--hub-ca-configmap',
      'ca',
      '-',
    ],
    out,
  );
  assert.match(moved.err, / updated /);
  for (const text of ['https://[fd00::1]:6444/', 'WATCHSIEVE_HUB_SERVER_NAME'])
    assert.ok(moved.out.includes(text));
  assert.ok(!moved.out.includes('10.96.0.20'));
  const without = await watchsieve(['inject', '-'], moved.out);
  assert.equal(without.out, (await watchsieve(['inject', '-'], SPEAKER)).out);
  assert.equal((await watchsieve(['uninject', '-'], moved.out)).out, SPEAKER);
  const wrong = await watchsieve(['inject', '--hub', 'http://a', '-'], SPEAKER);
  assert.deepEqual([wrong.code, wrong.out], [2, '']);
  const alone = await watchsieve(
    ['inject', '--hub-ca-configmap', 'ca', '--hub-server-name', 'a', '-'],
    SPEAKER,
  );
  assert.match(alone.err, /--hub-server-name needs a hub: set --hub too\n.*--hub-ca-configmap needs a hub/s);
});

test('--variant hub-alone leads the client to the hub and needs no image (R44)', async () => {
  const image = ['inject', '--image', ''];
  const flags = [...image, '--variant', 'hub-alone'];
  const { code, out, err } = await watchsieve([...flags, '--hub', 'https://10.96.0.20', '-'], SPEAKER);
  assert.equal(code, 0, err);
  assert.equal(
    err,
    'watchsieve: standard input: DaemonSet metallb-system/speaker injected (container speaker, hub-alone, preset metallb)\n',
  );
  assert.ok(!out.includes('image: x.example'));
  assert.equal((await watchsieve(['uninject', '-'], out)).out, SPEAKER);
  for (const [wrong, message] of [
    [[], /variant hub-alone needs a hub: set --hub\n/],
    [
      ['--hub', 'https://10.0.0.1,https://10.0.0.2'],
      /variant hub-alone leads to one address, and --hub has 2: name the Service of the hubs\n/,
    ],
    [
      ['--hub', 'https://10.0.0.1', '--client', 'in-cluster'],
      /variant hub-alone leads by KUBECONFIG, so client in-cluster needs a sidecar\n/,
    ],
    [
      ['--hub', 'https://10.0.0.1', '--port', '18000', '--requests', 'cpu=1'],
      /--port, --requests: variant hub-alone adds no sidecar; leave them out, or name the --image of those that annotations ask for\n/,
    ],
  ] as const) {
    const refused = await watchsieve([...flags, ...wrong, '-'], SPEAKER);
    assert.deepEqual([refused.code, refused.out], [2, '']);
    assert.match(refused.err, message);
  }
  const mixed = ['inject', '--variant', 'hub-alone', '--hub', 'https://10.0.0.1', '--port', '18000', '-'];
  assert.equal((await watchsieve(mixed, SPEAKER)).code, 0);
});

test('a flag with a wrong value is told of once, and never as missing', async () => {
  for (const hub of ['https://', 'http://10.0.0.1', '10.0.0.1'])
    for (const command of ['inject', 'webhook']) {
      const words = command === 'inject' ? ['-'] : ['--service', 'a/b'];
      const { code, err } = await watchsieve(
        [command, '--variant', 'hub-alone', '--hub', hub, ...words],
        SPEAKER,
      );
      assert.equal(code, 2);
      assert.match(err, /^watchsieve: --hub must be [^\n]*\nSee watchsieve [^\n]*\n$/, `${command} ${hub}`);
    }
  const both = ['--variant', 'hub-alone', '--hub', 'https://', '--client', 'in-cluster', '-'];
  assert.match((await watchsieve(['inject', ...both])).err, /so client in-cluster needs a sidecar\n/);
  const misspelt = ['inject', '--image', '', '--variant', 'hub-alnoe', '--hub', 'https://10.0.0.1', '-'];
  assert.match((await watchsieve(misspelt)).err, /^watchsieve: --variant must be [^\n]*\nSee /);
});

test("what of the client's way to the API server is not handed on is told on standard error", async () => {
  const text = SPEAKER.replace(
    / {8}env:\n/,
    '        envFrom: [{ secretRef: { name: s } }]\n        env:\n        - { name: HTTPS_PROXY, value: x }\n',
  );
  const { code, err } = await watchsieve(['inject', '-'], text);
  assert.equal(code, 0, err);
  assert.match(
    err,
    /^watchsieve: warning: DaemonSet metallb-system\/speaker: .* has HTTPS_PROXY set: the sidecar goes/m,
  );
  assert.match(
    err,
    /^watchsieve: warning: .* takes variables from s: one that names a proxy is not handed on/m,
  );
});

test('--in-place writes what changes in a directory, and nothing else', async (t) => {
  const files = {
    'a.yaml': SPEAKER,
    'deep/b.yml': FRR_K8S,
    'c.json': JSON_LIST,
    'd.txt': SPEAKER,
    'e.yaml': '\tnot yaml: [',
  };
  const folder = await folderWith(t, files);
  const read = async () =>
    Object.fromEntries(
      await Promise.all(
        Object.keys(files).map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
      ),
    );
  const { code, out } = await watchsieve(['inject', '--in-place', folder]);
  assert.deepEqual([code, out], [0, '']);
  const after = await read();
  assert.deepEqual(
    Object.keys(files).filter((name) => after[name]?.includes('watchsieve.dev/injected')),
    ['a.yaml', 'deep/b.yml', 'c.json'],
  );
  assert.equal((await watchsieve(['uninject', '--in-place', folder])).code, 0);
  assert.deepEqual(await read(), files);
});

test('--dry-run shows a unified diff and writes nothing', async (t) => {
  const folder = await folderWith(t, { 'a.yaml': SPEAKER });
  const file = join(folder, 'a.yaml');
  const { code, out, err } = await watchsieve(['inject', '--dry-run', file]);
  assert.equal(code, 0);
  assert.match(err, /would be injected/);
  assert.deepEqual(out.split('\n').slice(0, 3), [`--- ${file}`, `+++ ${file}`, '@@ -1,7 +1,9 @@']);
  assert.match(out, /^\+ {10}value: \/run\/watchsieve\/kubeconfig$/m);
  assert.doesNotMatch(out, /^-(?!--)/m);
  assert.equal(await readFile(file, 'utf8'), SPEAKER);
});

test('several inputs become one stream of documents', async (t) => {
  const folder = await folderWith(t, { 'a.yaml': SPEAKER.trimEnd(), 'b.yaml': `---\n${FRR_K8S}` });
  const { out } = await watchsieve(
    ['inject', join(folder, 'a.yaml'), join(folder, 'b.yaml'), '-'],
    DEPLOYMENT,
  );
  const restored = await watchsieve(['uninject', '-'], out);
  assert.equal(restored.out, `${SPEAKER}---\n${FRR_K8S}---\n${DEPLOYMENT}`);
});

test('one conflict anywhere: exit 1, nothing written, file, document and object named', async (t) => {
  const conflict = SPEAKER.replace('- --port=7472', '- --kubeconfig=/x');
  const folder = await folderWith(t, { 'a.yaml': SPEAKER, 'b.yaml': conflict });
  assert.deepEqual(await watchsieve(['inject', '--in-place', folder]), {
    code: 1,
    out: '',
    err: `watchsieve: ${join(folder, 'b.yaml')}, document 1, DaemonSet metallb-system/speaker: its container speaker is started with --kubeconfig, which wins over KUBECONFIG\n`,
  });
  assert.equal(await readFile(join(folder, 'a.yaml'), 'utf8'), SPEAKER);
});

test('nothing to do is exit 1, a name that is not there too, unless allowed', async () => {
  const nothing = await watchsieve(['inject', '-'], 'kind: ConfigMap\n');
  assert.deepEqual([nothing.code, nothing.out], [1, '']);
  assert.equal(
    nothing.err,
    'watchsieve: nothing to inject: there is no DaemonSet, Deployment, StatefulSet or Pod (--allow-none allows it)\n',
  );
  const plain = DEPLOYMENT.replace('watchsieve.dev/inject: "true"', 'a: b');
  const annotated = (value: string) => DEPLOYMENT.replace('inject: "true"', `inject: "${value}"`);
  const told = async (text: string, ...flags: string[]) =>
    (await watchsieve(['inject', ...flags, '-'], text)).err;
  assert.equal(
    await told(plain),
    'watchsieve: nothing to inject: none of the workloads is a MetalLB speaker or frr-k8s, and none is annotated: choose by --name or --selector (--allow-none allows it)\n',
  );
  assert.equal(
    await told(plain, '--selector', 'app=none'),
    'watchsieve: nothing to inject: no workload itself has the labels of --selector (--allow-none allows it)\n',
  );
  const declined = 'Deployment watcher has the annotation watchsieve.dev/inject "false"';
  assert.equal(
    await told(annotated('false')),
    `watchsieve: nothing to inject: ${declined} (--allow-none allows it)\n`,
  );
  assert.match(
    await told(`${annotated('false')}---\n${plain}`),
    /nothing to inject: none of the other workloads is a .*; Deployment watcher has the annotation [^;]*"false" \(/,
  );
  assert.equal(await told(annotated('false'), '--name', 'watcher'), `watchsieve: ${declined}\n`);
  assert.match(
    await told(annotated('a\\nwatchsieve: b')),
    /^watchsieve: nothing to inject: .* "a\\u000awatchsieve: b", which is neither .*\n$/,
  );
  assert.match(
    await told(annotated('enabled')),
    /nothing to inject: .* watchsieve\.dev\/inject "enabled", which is neither "true" nor "false" \(/,
  );
  assert.match((await watchsieve(['uninject', '-'], SPEAKER)).err, /nothing to remove/);
  const absent = await watchsieve(['inject', '--name', 'speaker', '--name', 'spaeker', '-'], SPEAKER);
  assert.deepEqual([absent.code, absent.err], [1, 'watchsieve: no workload is named spaeker\n']);
  assert.deepEqual(await watchsieve(['inject', '--allow-none', '-'], 'kind: ConfigMap\n'), {
    code: 0,
    out: 'kind: ConfigMap\n',
    err: '',
  });
});

test('the variant follows the version of Kubernetes, and flags reach the sidecar', async () => {
  const variantOf = async (...flags: string[]) =>
    /, (native|ordinary),/.exec((await watchsieve(['inject', ...flags, '-'], SPEAKER)).err)?.[1];
  assert.equal(await variantOf('--kubernetes-version', '1.28'), 'ordinary');
  assert.equal(await variantOf('--kubernetes-version', 'v1.29.3+k3s1'), 'native');
  assert.equal(await variantOf('--kubernetes-version', '1.30', '--variant', 'ordinary'), 'ordinary');
  const flags = ['--image', 'x/y:1', '--port', '18000', '--preset', 'heartbeat', '--container', 'speaker'];
  const { out } = await watchsieve(['inject', ...flags, '-'], SPEAKER);
  assert.match(out, /image: x\/y:1\n[^]*value: "127.0.0.1:18000"\n[^]*value: heartbeat\n/);
});

test('workloads that would share ports on a node are warned of', async () => {
  const other = SPEAKER.replace('name: speaker\n  namespace', 'name: other\n  namespace');
  const { code, err } = await watchsieve(['inject', '-'], `${SPEAKER}---\n${other}`);
  assert.equal(code, 0);
  assert.match(
    err,
    /warning: DaemonSet metallb-system\/speaker and DaemonSet metallb-system\/other have the same ports/,
  );
  assert.doesNotMatch((await watchsieve(['inject', '-'], `${SPEAKER}---\n${FRR_K8S}`)).err, /warning/);
});

test('an image is asked for, not made up, by inject and webhook', async () => {
  for (const argv of [
    ['inject', '--image', '', '-'],
    ['webhook', '--service', 'a/b'],
  ]) {
    const { code, out, err } = await watchsieve(argv, SPEAKER);
    assert.deepEqual([code, out], [2, '']);
    assert.match(
      err,
      /^watchsieve: no image is named. Build one, push it to a registry that your nodes can reach, and name it: --image /,
    );
  }
});

test('the resources of the sidecar are settings', async () => {
  const flags = ['--requests', 'cpu=10m', '--limits', 'memory=1Gi,cpu=2'];
  const { out } = await watchsieve(['inject', ...flags, '-'], SPEAKER);
  assert.match(out, /requests:\n *cpu: 10m\n *limits:\n *memory: 1Gi\n *cpu: "2"\n/);
  assert.equal((await watchsieve(['uninject', '-'], out)).out, SPEAKER);
  const none = await watchsieve(['inject', '--requests', '', '--limits', '', '-'], SPEAKER);
  assert.match(none.out, /name: watchsieve\n(?:(?!resources:)[^])*$/);
  for (const wrong of ['cpu', 'cpu=', 'cpu=foo', 'gpu=1', 'cpu=1,cpu=2', 'cpu=1=2', 'memory=1MiB'])
    assert.match(
      (await watchsieve(['inject', '--limits', wrong, '-'], SPEAKER)).err,
      /--limits must be amounts/,
    );
});

test('a default amount gives way to the other flag, so that no request is above its limit', async () => {
  const limited = SPEAKER.replace(/^( +)(image: .*speaker.*)$/m, '$1resources: { limits: { cpu: 1 } }\n$1$2');
  for (const [text, flags, resources] of [
    [SPEAKER, ['--requests', 'memory=512Mi'], { requests: { memory: '512Mi' }, limits: { memory: '512Mi' } }],
    [SPEAKER, ['--requests', 'memory=0.1Gi'], { requests: { memory: '0.1Gi' }, limits: { memory: '256Mi' } }],
    [
      SPEAKER,
      ['--limits', 'memory=64Mi,cpu=20m'],
      { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '64Mi', cpu: '20m' } },
    ],
    [
      SPEAKER,
      ['--limits', 'memory=1G'],
      { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '1G' } },
    ],
    [
      limited,
      ['--requests', 'cpu=800m', '--limits', ''],
      { requests: { cpu: '800m' }, limits: { cpu: '800m' } },
    ],
    [
      limited,
      ['--requests', 'cpu=0.2', '--limits', ''],
      { requests: { cpu: '0.2' }, limits: { cpu: '500m' } },
    ],
  ] as const) {
    const { code, out, err } = await watchsieve(['inject', ...flags, '-'], text);
    assert.equal(code, 0, err);
    const sidecar = valueAt(parse(out), ['spec', 'template', 'spec', 'initContainers', 0]);
    assert.deepEqual(valueAt(sidecar, ['resources']), resources, flags.join(' '));
  }
});

test('a request above the limit that is told with it is exit 2, and is said once', async () => {
  const flags = ['inject', '--requests', 'cpu=1,memory=512Mi', '--limits'];
  const { code, out, err } = await watchsieve([...flags, 'cpu=900m,memory=0.2Gi', '-'], SPEAKER);
  assert.deepEqual([code, out], [2, '']);
  assert.deepEqual(err.split('\n').slice(0, 3), [
    'watchsieve: --requests cpu=1 is above --limits cpu=900m: lower the one or raise the other',
    'watchsieve: --requests memory=512Mi is above --limits memory=0.2Gi: lower the one or raise the other',
    'See watchsieve inject --help.',
  ]);
  assert.equal((await watchsieve([...flags, 'cpu=1000m,memory=0.5Gi', '-'], SPEAKER)).code, 0);
  const malformed = await watchsieve([...flags, 'memory=1MiB', '-'], SPEAKER);
  assert.doesNotMatch(malformed.err, /is above/);
});

test('files that cannot be read or are no UTF-8 are named', async (t) => {
  const folder = await folderWith(t, { 'a.yaml': Uint8Array.of(0x61, 0xff, 0x0a) });
  const [none, neither] = [join(folder, 'none.yaml'), join(folder, 'neither.yaml')];
  const { code, err } = await watchsieve(['inject', none, folder, neither]);
  assert.equal(code, 2);
  assert.deepEqual(err.split('\n'), [
    `watchsieve: ${none}: does not exist`,
    `watchsieve: ${join(folder, 'a.yaml')}: is not UTF-8`,
    `watchsieve: ${neither}: does not exist`,
    '',
  ]);
});

test('a native sidecar for a release that has none is a problem, by flag and by annotation', async () => {
  const old = ['inject', '--kubernetes-version', '1.28'];
  const asked = await watchsieve([...old, '--variant', 'native', '-'], SPEAKER);
  assert.equal(asked.code, 2);
  assert.match(asked.err, /^watchsieve: --variant native needs Kubernetes 1\.29 or newer, and .* is 1\.28: /);
  const annotated = SPEAKER.replace(
    'metadata:\n',
    'metadata:\n  annotations:\n    watchsieve.dev/variant: native\n',
  );
  const { code, out, err } = await watchsieve([...old, '-'], annotated);
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /annotation watchsieve\.dev\/variant is native, which needs Kubernetes 1\.29 or newer/);
  assert.equal((await watchsieve(['inject', '--kubernetes-version', '1.29', '-'], annotated)).code, 0);
});

test('wrong flags are exit 2 with all their problems; --help tells of every flag', async () => {
  const { code, err } = await watchsieve([
    ...['inject', '--in-place', '--dry-run', '--port', '80', '--preset', 'lables', '--variant', 'old'],
    ...['--kubernetes-version', '2', '--selector', 'a=b=c', '--image', 'a b', '-', '-'],
  ]);
  assert.equal(code, 2);
  assert.deepEqual(err.split('\n'), [
    'watchsieve: --port must be a port from 1024 to 65523, not "80"',
    `watchsieve: --preset must be one of ${PRESETS.join(', ')}, not "lables" (did you mean labels?)`,
    'watchsieve: --variant must be one of native, ordinary, hub-alone, not "old"',
    'watchsieve: --kubernetes-version must be as 1.28 or v1.31.2, not "2"',
    'watchsieve: --selector must be labels such as app=metallb,component=speaker, not "a=b=c"',
    'watchsieve: --image must be an image, not "a b"',
    'watchsieve: - can be named only once',
    'watchsieve: --in-place and --dry-run exclude each other',
    'watchsieve: --in-place cannot write standard input',
    'See watchsieve inject --help.',
    '',
  ]);
  assert.equal(
    (await watchsieve(['uninject', '--image', 'x', '-'])).err.split('\n')[0],
    'watchsieve: unknown flag --image',
  );
  assert.equal((await watchsieve(['inject', '--nonsense', '-'])).code, 2);
  assert.equal((await watchsieve(['inject'])).code, 2);
  const more = await watchsieve(['inject', '--imag', 'x', '--in-place=yes', '-', '--limits']);
  assert.deepEqual(more.err.split('\n').slice(0, 3), [
    'watchsieve: unknown flag --imag (did you mean --image?)',
    'watchsieve: --in-place takes no value',
    'watchsieve: --limits needs a value: amounts such as cpu=50m,memory=128Mi',
  ]);
  const short = await watchsieve(['inject', '-l', 'component=speaker', '--', '-'], SPEAKER);
  assert.equal(short.code, 0, short.err);
  const help = await watchsieve(['inject', '--help']);
  assert.equal(help.code, 0);
  for (const { flag } of INSTALL_ROWS.inject) assert.match(help.out, new RegExp(`^  --${flag}\\b`, 'm'));
  assert.match((await watchsieve(['uninject', '-h'])).out, /byte for byte/);
});
