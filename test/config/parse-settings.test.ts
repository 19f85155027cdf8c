import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SettingsInput } from '../../src/config/gather.ts';
import { parseSettings } from '../../src/config/parse-settings.ts';
import { PRESETS, projectionOf } from '../../src/core/projection/presets.ts';
import { NODES } from '../../src/core/resource/node.ts';
import { address, path } from '../../src/config/kinds.ts';
import { fileKey, SETTING_FIELDS, SETTINGS, type Settings } from '../../src/config/settings.ts';

const FILE = '/etc/watchsieve.yaml';

function input({
  argv = [],
  env = {},
  file,
}: {
  argv?: string[];
  env?: Record<string, string>;
  file?: string;
}): SettingsInput {
  return {
    argv: file === undefined ? argv : [...argv, '--config', FILE],
    env,
    readFile(path) {
      if (path === '/locked') throw new Error(`EACCES: permission denied, open '${path}'`);
      return path === FILE ? file : undefined;
    },
  };
}

function settingsOf(given: Parameters<typeof input>[0]): Settings {
  const parsed = parseSettings(input(given));
  assert.ok('ok' in parsed, 'problems' in parsed ? parsed.problems.join('\n') : '');
  return parsed.ok;
}

test('any number of letters behind one dash is one problem (R33)', () => {
  const problems = problemsOf({ argv: [`-${'a'.repeat(200_000)}`, '--mode', 'x'] });
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? '', /^unknown flag -a{99}\.\.\.$/);
});

test('a row of the table is enough: each has its value, whoever sets it (R33)', () => {
  assert.deepEqual(
    Object.keys(settingsOf({})).sort(),
    [...SETTING_FIELDS, 'kubeconfigFiles', 'projection', 'sieved', 'ownProjections'].sort(),
  );
});

function problemsOf(given: Parameters<typeof input>[0]): readonly string[] {
  const parsed = parseSettings(input(given));
  assert.ok('problems' in parsed, 'there are no problems');
  return parsed.problems;
}

test('without any input every setting has its default, parsed and frozen (R33)', () => {
  const settings = settingsOf({});
  assert.ok(Object.isFrozen(settings));
  assert.deepEqual(settings, {
    config: '/etc/watchsieve/config.yaml',
    mode: 'filter',
    drainTimeoutMs: 1000,
    clientGraceMs: 0,
    listen: { host: '127.0.0.1', port: 17480 },
    stateDir: '/run/watchsieve',
    tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    inClusterTokenFile: undefined,
    inClusterNamespace: undefined,
    clientPresets: undefined,
    credentials: 'forward',
    slowClientTimeoutMs: 30_000,
    maxConnections: 500,
    maxStreams: 200,
    maxUpgrades: 50,
    maxRequests: 500,
    memoryBudgetBytes: 64 * 1024 * 1024,
    kubeconfig: undefined,
    kubeconfigFiles: undefined,
    context: undefined,
    upstreamHttp: 'auto',
    upstreamConnectTimeoutMs: 10_000,
    upstreamPingIntervalMs: 30_000,
    upstreamPingTimeoutMs: 15_000,
    share: undefined,
    tlsCertFile: undefined,
    tlsPrivateKeyFile: undefined,
    tlsAuthority: undefined,
    tlsAuthorityNames: undefined,
    tlsAuthorityConfigmaps: undefined,
    hub: undefined,
    hubCa: undefined,
    hubServerName: undefined,
    preset: 'metallb',
    projection: projectionOf('metallb'),
    resources: undefined,
    sieved: [{ resource: NODES, projection: projectionOf('metallb') }],
    ownProjections: new Map(),
    bookmarkIntervalMs: 10_000,
    heldFrameAgeMs: 20_000,
    maxSuppressionMs: 3_600_000,
    verifyIntervalMs: 0,
    maxFrameBytes: 16_777_216,
    adminListen: { host: '127.0.0.1', port: 17481 },
    metricsListen: undefined,
    logLevel: 'info',
    logFormat: 'auto',
  });
});

test('a flag wins over the environment, the environment over the file, and sources say so (R33)', () => {
  const parsed = parseSettings(
    input({
      argv: ['--preset=labels', '--mode', 'observe'],
      env: { WATCHSIEVE_PRESET: 'heartbeat', WATCHSIEVE_LOG_LEVEL: 'warn' },
      file: 'preset: metallb-upstream\nlogLevel: error\ndrainTimeout: 2s\n',
    }),
  );
  assert.ok('ok' in parsed);
  const { ok: settings, sources } = parsed;
  assert.equal(settings.preset, 'labels');
  assert.equal(settings.mode, 'observe');
  assert.equal(settings.logLevel, 'warn');
  assert.equal(settings.drainTimeoutMs, 2000);
  assert.equal(sources.get('preset'), '--preset');
  assert.equal(sources.get('logLevel'), 'WATCHSIEVE_LOG_LEVEL');
  assert.equal(sources.get('drainTimeoutMs'), `drainTimeout (${FILE} line 3)`);
  assert.equal(sources.get('listen'), 'default');
});

test('of a flag given twice the last one wins, so that a wrapper can be overridden', () => {
  assert.equal(settingsOf({ argv: ['--preset', 'labels', '--preset', 'heartbeat'] }).preset, 'heartbeat');
});

test('every problem of every source is reported at once, by the name the user wrote (R33)', () => {
  assert.deepEqual(
    problemsOf({
      argv: [
        '--listn',
        'x:1',
        '--max-frame-bytes',
        '1e3',
        '--drain-timeout',
        '--metrics-listen=host',
        'stray',
        '-v',
      ],
      env: { WATCHSIEVE_PRESSET: 'labels', WATCHSIEVE_LOG_LEVEL: 'loud' },
      file: 'mode: filtr\ndraintimeout: 1s\nlisten:\npreset: [labels]\nstateDir: {a: b}\nconfig: x\n',
    }),
    [
      'unknown flag --listn (did you mean --listen?)',
      '--drain-timeout needs a value: a duration with its unit, as 500ms, 10s, 5m or 1h, from 0s to 10m',
      'unexpected argument "stray"',
      'unknown flag -v',
      'unknown environment variable WATCHSIEVE_PRESSET (did you mean WATCHSIEVE_PRESET?)',
      `unknown setting draintimeout (${FILE} line 2) (did you mean drainTimeout?)`,
      `listen (${FILE} line 3) must be host:port, as 127.0.0.1:8080, localhost:8080 or [::1]:8080 (port 0: any free one), not empty`,
      `preset (${FILE} line 4) must be one of ${PRESETS.join(', ')}, or a name under projections in the config file, not a list`,
      `stateDir (${FILE} line 5) must be a path, not a mapping`,
      `unknown setting config (${FILE} line 6)`,
      '--metrics-listen must be host:port, as 127.0.0.1:8080, localhost:8080 or [::1]:8080 (port 0: any free one), not "host"',
      '--max-frame-bytes must be a size in bytes, as 65536, 64KiB or 16MiB, from 1KiB to 1GiB, not "1e3"',
      'WATCHSIEVE_LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, not "loud"',
      `mode (${FILE} line 1) must be one of filter, observe, not "filtr"`,
    ],
  );
});

test('a file that is no YAML is reported with the line, one that is no mapping or missing by name', () => {
  assert.deepEqual(problemsOf({ file: 'mode: observe\nlisten: [::1]:17480\n' }), [
    `${FILE} line 2: Unexpected scalar at node end`,
  ]);
  assert.deepEqual(problemsOf({ file: 'mode: filter\nmode: observe\n' }), [
    `${FILE} line 2: Map keys must be unique`,
  ]);
  assert.deepEqual(problemsOf({ file: '- mode\n' }), [`${FILE}: must be a mapping of settings`]);
  assert.deepEqual(problemsOf({ argv: ['--config', '/none'] }), ['--config: /none does not exist']);
  assert.deepEqual(problemsOf({ env: { WATCHSIEVE_CONFIG: '/none' } }), [
    'WATCHSIEVE_CONFIG: /none does not exist',
  ]);
  assert.deepEqual(problemsOf({ argv: ['--config', '/locked'] }), [
    "--config: cannot read /locked: EACCES: permission denied, open '/locked'",
  ]);
});

test('the file at the default path is read where it is there, and may be missing (R33)', () => {
  const readFrom = (readFile: SettingsInput['readFile']) => parseSettings({ argv: [], env: {}, readFile });
  const asked: string[] = [];
  const found = readFrom((path) => {
    asked.push(path);
    return 'mode: observe\n';
  });
  assert.ok('ok' in found);
  assert.deepEqual(asked, ['/etc/watchsieve/config.yaml']);
  assert.equal(found.ok.mode, 'observe');
  assert.equal(found.sources.get('mode'), 'mode (/etc/watchsieve/config.yaml line 1)');
  const missing = readFrom(() => undefined);
  assert.ok('ok' in missing);
  assert.equal(missing.ok.mode, 'filter');
  const unreadable = readFrom(() => {
    throw new Error('EACCES: permission denied');
  });
  assert.deepEqual(unreadable, {
    problems: ['--config, by default: cannot read /etc/watchsieve/config.yaml: EACCES: permission denied'],
  });
});

const DEFAULT_FILE = SETTINGS.config.fallback;

/** The file at the default path, as a mounted ConfigMap is. */
function withDefaultFile(file: string, given: Partial<SettingsInput> = {}) {
  const readFile = (path: string) => (path === DEFAULT_FILE ? file : undefined);
  return parseSettings({ argv: [], env: {}, readFile, ...given });
}

/** What says where requests and credentials go, and where the program listens and writes. */
const ONLY_IN_A_NAMED_FILE = {
  listen: '0.0.0.0:17480',
  stateDir: '/tmp',
  tokenFile: '/etc/shadow',
  inClusterTokenFile: '/elsewhere/token',
  inClusterNamespace: 'elsewhere',
  clientPresets: 'labels',
  credentials: 'kubeconfig',
  kubeconfig: '/etc/watchsieve/elsewhere',
  context: 'elsewhere',
  adminListen: '[::1]:1',
  metricsListen: '0.0.0.0:1',
  share: 'nodes',
  tlsCertFile: '/etc/hub/tls.crt',
  tlsPrivateKeyFile: '/etc/hub/tls.key',
  tlsAuthority: 'hub/ca',
  tlsAuthorityNames: 'hub.hub.svc',
  tlsAuthorityConfigmaps: 'metallb-system/ca',
  hub: 'https://10.0.0.1:6444',
  hubCa: '/etc/hub/ca.crt',
  hubServerName: 'hub',
};

test('what may divert credentials or widen who is served is a problem in the default file, at the start and later (I7, R33)', () => {
  for (const [field, value] of Object.entries(ONLY_IN_A_NAMED_FILE)) {
    const flag = field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const env = `WATCHSIEVE_${flag.toUpperCase().replaceAll('-', '_')}`;
    const problem =
      `${field} (${DEFAULT_FILE} line 2) is not taken from the default config file, because whoever may write that ` +
      `could divert credentials with it: set --${flag} or ${env}, or name the file with --config`;
    for (const key of [field, `"${field}"`, `'${field}'`, `? ${field}\n`]) {
      const text = `mode: observe\n${key}: ${JSON.stringify(value)}\n`;
      assert.deepEqual(withDefaultFile(text), { problems: [problem] }, key);
      assert.deepEqual(withDefaultFile(text, { mayBeMissing: true }), { problems: [problem] }, key);
    }
    assert.deepEqual(withDefaultFile(`\n${field}: []\n`), { problems: [problem] });
  }
});

test('it is one where a stronger source sets it too, or an empty WATCHSIEVE_CONFIG names nothing (I7, R33)', () => {
  const text = 'listen: 127.0.0.1:17480\n';
  for (const given of [
    { argv: ['--listen', '127.0.0.1:17480'] },
    { env: { WATCHSIEVE_LISTEN: '127.0.0.1:17480', WATCHSIEVE_CONFIG: '' } },
  ]) {
    assert.ok('ok' in withDefaultFile('', given));
    assert.ok('problems' in withDefaultFile(text, given));
  }
});

test('a file that a flag or the environment names may hold every setting, at the default path too (R33)', () => {
  // These do not go with others.
  const {
    credentials: _,
    share: __,
    tlsCertFile: ___,
    tlsPrivateKeyFile: ____,
    tlsAuthority: _____,
    tlsAuthorityNames: ______,
    tlsAuthorityConfigmaps: _______,
    ...others
  } = ONLY_IN_A_NAMED_FILE;
  const text = Object.entries(others)
    .map(([field, value]) => `${field}: "${value}"\n`)
    .join('');
  for (const parsed of [
    withDefaultFile(text, { argv: ['--config', DEFAULT_FILE] }),
    withDefaultFile(text, { env: { WATCHSIEVE_CONFIG: DEFAULT_FILE } }),
  ]) {
    assert.ok('ok' in parsed);
    assert.equal(parsed.ok.kubeconfig, '/etc/watchsieve/elsewhere');
    assert.deepEqual(parsed.ok.listen, { host: '0.0.0.0', port: 17_480 });
  }
});

/** Others stand in a file that is named. */
const WITHOUT_DEFAULT: Readonly<Record<string, string>> = {
  resources: 'ciliumnodes.cilium.io/v2/CiliumNode',
};

test('the default file may hold every other setting; none of them is a path, an address or the kubeconfig (I7)', () => {
  const named = SETTING_FIELDS.filter((field) => SETTINGS[field].inFile === 'named');
  assert.deepEqual(
    named.map((field) => fileKey(SETTINGS[field].flag)).sort(),
    Object.keys(ONLY_IN_A_NAMED_FILE).sort(),
  );
  const others = SETTING_FIELDS.map((field) => SETTINGS[field]).filter(({ inFile }) => inFile === 'any');
  for (const { flag, kind, group } of others) {
    assert.ok(kind !== path && kind !== address, flag);
    assert.ok(group !== 'Upstream' || flag.startsWith('upstream-'), flag);
  }
  const text = others
    .map(
      (row) => `${fileKey(row.flag)}: ${row.default ?? WITHOUT_DEFAULT[row.flag] ?? assert.fail(row.flag)}\n`,
    )
    .join('');
  const parsed = withDefaultFile(text);
  assert.ok('ok' in parsed, JSON.stringify(parsed));
});

test('an empty file sets nothing, and values in a file mean what is written there', () => {
  assert.equal(settingsOf({ file: '' }).mode, 'filter');
  assert.equal(settingsOf({ file: '# nothing\n---\n' }).mode, 'filter');
  const settings = settingsOf({
    file: 'upstreamHttp: 1.1\nmaxFrameBytes: 65536\nlisten: "[::1]:0"\nstateDir: 123\n',
  });
  assert.equal(settings.upstreamHttp, '1.1', 'not the number 1.1');
  assert.equal(settings.maxFrameBytes, 65_536);
  assert.equal(settings.stateDir, '123');
  assert.deepEqual(settings.listen, { host: '::1', port: 0 });
});

test('an empty environment variable counts as not set', () => {
  assert.equal(settingsOf({ env: { WATCHSIEVE_MODE: '', KUBECONFIG: '' } }).mode, 'filter');
});

test('what the kubelet adds for a Service named watchsieve is not taken for a setting', () => {
  settingsOf({
    env: {
      WATCHSIEVE_SERVICE_HOST: '10.0.0.1',
      WATCHSIEVE_SERVICE_PORT: '80',
      WATCHSIEVE_SERVICE_PORT_METRICS: '80',
      WATCHSIEVE_PORT: 'tcp://10.0.0.1:80',
      WATCHSIEVE_PORT_80_TCP: 'tcp://10.0.0.1:80',
      WATCHSIEVE_PORT_80_TCP_PROTO: 'tcp',
      WATCHSIEVE_PORT_80_TCP_PORT: '80',
      WATCHSIEVE_PORT_80_TCP_ADDR: '10.0.0.1',
      WATCHSIEVE_HUB_SERVICE_HOST: '10.0.0.2',
    },
  });
});

test('a preset may be a projection that the file defines, chosen by flag, environment or file (R14, R33)', () => {
  const projections = 'projections:\n  mine:\n    include: [metadata.labels, spec.taints]\n';
  for (const given of [
    { file: `preset: mine\n${projections}` },
    { argv: ['--preset', 'mine'], file: projections },
    { env: { WATCHSIEVE_PRESET: 'mine' }, file: projections },
  ]) {
    const { preset, projection } = settingsOf(given);
    assert.deepEqual([preset, projection.name], ['mine', 'mine']);
    assert.deepEqual(projection.plan.fields['spec'], { fields: { taints: 'whole' }, rest: 'skip' });
  }
  assert.deepEqual(problemsOf({ argv: ['--preset', 'mine'] }), [
    `--preset must be one of ${PRESETS.join(', ')}, or a name under projections in the config file, not "mine"`,
  ]);
  for (const [wrong, meant] of [
    ['flanel', 'flannel'],
    ['kube-state-metric', 'kube-state-metrics'],
    ['mine2', 'mine'],
  ] as const)
    assert.match(
      problemsOf({ argv: ['--preset', wrong], file: projections }).join(),
      new RegExp(`not "${wrong}" \\(did you mean ${meant}\\?\\)$`),
    );
});

test('every problem of every projection is reported, used or not (R14, R33)', () => {
  const file = `projections:
  metallb: { include: [metadata.labels] }
  Mine: { include: [metadata.labels] }
  both: { include: [metadata.labels], exclude: [spec] }
  none: {}
  empty: { include: [] }
  text: { include: metadata.labels }
  paths:
    include: [ metadata.label,
      'status.conditions[type=Ready].state',
      # A comment, and then the last one.
      "1x" ]
`;
  const at = (line: number) => `(${FILE} line ${line})`;
  assert.deepEqual(
    problemsOf({ file }).map((problem) => problem.replace(/only .*$/, 'only ...')),
    [
      `projections.metallb ${at(2)}: is the name of a preset`,
      `projections.Mine ${at(3)}: a name is made of a-z, 0-9 and -, and begins with a letter`,
      `projections.both ${at(4)}: must hold include or exclude, one of them, with a list of paths`,
      `projections.none ${at(5)}: must hold include or exclude, one of them, with a list of paths`,
      `projections.text ${at(7)}: include must be a list of paths`,
      `projections.empty ${at(6)}: names no field`,
      `projections.paths ${at(9)}: "metadata.label": there is no label here, only ...`,
      `projections.paths ${at(10)}: "status.conditions[type=Ready].state": there is no state here, only ...`,
      `projections.paths ${at(12)}: "1x" is not a path of fields`,
    ],
  );
  assert.deepEqual(problemsOf({ file: 'projections: [a]\n' }), [
    `projections ${at(1)} must be a mapping of names to include or exclude`,
  ]);
});

test('a preset that the file defines wrongly is reported there, and not as one that is unknown (R33)', () => {
  const wrong = 'projections:\n  other: { include: [spec] }\n  mine:\n    exclude:\n      - spec.taint\n';
  for (const given of [{ file: `preset: mine\n${wrong}` }, { argv: ['--preset', 'mine'], file: wrong }]) {
    const [problem, ...more] = problemsOf(given);
    assert.match(problem ?? '', /^projections\.mine \(.* line [56]\): "spec\.taint": there is no taint here/);
    assert.deepEqual(more, []);
  }
  // Nor where the file could not be read so far: the name may well be in it.
  assert.equal(problemsOf({ argv: ['--preset', 'mine'], file: 'projections: [\n' }).length, 1);
  // What no projection can be called is wrong wherever it stands.
  assert.equal(problemsOf({ argv: ['--preset', 'Mine!'], file: wrong }).length, 2);
});

test('of two files that are missing both are named, however they were given (R33)', () => {
  const given = { readFile: () => undefined, exists: () => false };
  const missing = (argv: string[], env: Record<string, string> = {}) => {
    const parsed = parseSettings({ ...given, argv, env });
    return 'problems' in parsed ? parsed.problems : [];
  };
  assert.deepEqual(missing(['--config', '/a', '--kubeconfig', '/b']), [
    '--config: /a does not exist',
    '--kubeconfig: /b does not exist',
  ]);
  assert.deepEqual(missing([], { KUBECONFIG: '/a:/b' }), ['KUBECONFIG: /a and /b do not exist']);
  // What nobody named may be missing here: kubectl's own file.
  assert.deepEqual(missing([], { HOME: '/home/me' }), []);
});

test('KUBECONFIG is the weakest name of --kubeconfig in the environment, and stronger than the file (R33)', () => {
  const file = 'kubeconfig: /c\n';
  assert.equal(settingsOf({ file }).kubeconfig, '/c');
  assert.equal(settingsOf({ env: { KUBECONFIG: '/b' }, file }).kubeconfig, '/b');
  assert.equal(settingsOf({ env: { KUBECONFIG: '/b', WATCHSIEVE_KUBECONFIG: '/a' }, file }).kubeconfig, '/a');
  assert.equal(settingsOf({ argv: ['--kubeconfig', '/0'], env: { KUBECONFIG: '/b:/c' } }).kubeconfig, '/0');
});

test('KUBECONFIG may name several files, and at a desk there is one by default, as for kubectl', () => {
  const files = (env: Record<string, string>, ...argv: string[]) => settingsOf({ argv, env }).kubeconfigFiles;
  assert.deepEqual(files({ KUBECONFIG: '/a::/b:' }), ['/a', '/b']);
  assert.equal(files({ KUBECONFIG: '/a' }), '/a');
  // The name of one file, whatever is in it.
  assert.equal(files({ KUBECONFIG: '/x' }, '--kubeconfig', '/a:/b'), '/a:/b');
  assert.equal(files({ HOME: '/home/me' }), '/home/me/.kube/config');
  assert.equal(files({ HOME: '/home/me', KUBERNETES_SERVICE_HOST: '10.0.0.1' }), undefined);
  assert.equal(files({}), undefined);
});

test('a KUBECONFIG that names the file we write ourselves is a problem', () => {
  assert.deepEqual(problemsOf({ argv: ['--state-dir', '/s'], env: { KUBECONFIG: '/a:/s/kubeconfig' } }), [
    "KUBECONFIG is the file written for clients into --state-dir: name the API server's own",
  ]);
  assert.deepEqual(problemsOf({ argv: ['--state-dir', '/s/'], env: { KUBECONFIG: '/s/kubeconfig' } }), [
    "KUBECONFIG is the file written for clients into --state-dir: name the API server's own",
  ]);
});

test('--context without a kubeconfig is a problem', () => {
  assert.deepEqual(problemsOf({ argv: ['--context', 'c'] }), [
    '--context needs a kubeconfig: set --kubeconfig or KUBECONFIG too',
  ]);
  assert.equal(settingsOf({ argv: ['--context', 'c'], env: { KUBECONFIG: '/a' } }).context, 'c');
});

test('the admin listener is on loopback or not at all (R29)', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '[::1]', '[0:0:0:0:0:0:0:1]', 'localhost']) {
    settingsOf({ argv: ['--admin-listen', `${host}:1`] });
  }
  for (const host of ['0.0.0.0', '10.0.0.1', '[::]', '[fe80::1]', 'host.example']) {
    const problems = problemsOf({ env: { WATCHSIEVE_ADMIN_LISTEN: `${host}:1` } });
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /^WATCHSIEVE_ADMIN_LISTEN must be a loopback address/);
  }
});

test('a consistency check lists as the client itself: not where credentials are lent (R22, I7)', () => {
  const lent = { argv: ['--credentials', 'kubeconfig', '--kubeconfig', 'k', '--verify-interval', '1h'] };
  assert.deepEqual(problemsOf(lent), [
    '--verify-interval does not go with --credentials kubeconfig: a check lists with what the client itself sent',
  ]);
});

test('lending the credentials of a kubeconfig takes a kubeconfig, and a loopback address (R23)', () => {
  assert.deepEqual(problemsOf({ argv: ['--credentials', 'kubeconfig', '--listen', '0.0.0.0:1'] }), [
    '--credentials kubeconfig needs a kubeconfig with credentials: set --kubeconfig or KUBECONFIG too',
    '--listen must be a loopback address with --credentials kubeconfig: it lends your own credentials',
  ]);
  for (const host of ['127.0.0.1', '[::1]', 'localhost'])
    settingsOf({
      argv: ['--credentials', 'kubeconfig', '--listen', `${host}:1`],
      env: { KUBECONFIG: '/a' },
    });
});

test('in-cluster clients take a token and a namespace, an absolute path, and credentials of their own (R33, I7)', () => {
  const [token, namespace] = [
    ['--in-cluster-token-file', '/token'],
    ['--in-cluster-namespace', 'a'],
  ];
  settingsOf({ argv: [...token, ...namespace] });
  const both = '--in-cluster-token-file and --in-cluster-namespace need each other: set both';
  assert.deepEqual(problemsOf({ argv: token }), [both]);
  assert.deepEqual(problemsOf({ argv: namespace }), [both]);
  assert.deepEqual(problemsOf({ argv: ['--in-cluster-token-file', 'token', ...namespace] }), [
    '--in-cluster-token-file must be an absolute path, not "token"',
  ]);
  const lent = ['--credentials', 'kubeconfig', '--kubeconfig', 'k'];
  assert.deepEqual(problemsOf({ argv: [...token, ...namespace, ...lent] }), [
    '--in-cluster-token-file does not go with --credentials kubeconfig: such clients bring their own token',
  ]);
});

test('a hub shares what it sieves, never Secrets, and neither asks another hub nor lends credentials (I7, I10)', () => {
  assert.deepEqual(settingsOf({ argv: ['--share', 'nodes'] }).share, ['nodes']);
  assert.deepEqual(problemsOf({ argv: ['--share', 'nodes, pods,secrets'] }), [
    '--share: pods is not sieved: name it in --resources too',
    '--share does not go with secrets',
  ]);
  assert.equal(problemsOf({ argv: ['--share', 'No Name'] }).length, 1);
  assert.deepEqual(problemsOf({ argv: ['--share', 'nodes', '--hub', 'https://a', '--hub-ca', '/ca.crt'] }), [
    '--share does not go with --hub: a hub asks the API server',
  ]);
  const lent = ['--credentials', 'kubeconfig', '--kubeconfig', 'k'];
  assert.deepEqual(problemsOf({ argv: ['--share', 'nodes', ...lent] }), [
    '--share does not go with --credentials kubeconfig: the API server has to say what each caller may have',
  ]);
});

test('a certificate and its key are named together, and by a hub alone (R24)', () => {
  const [cert, key] = [
    ['--tls-cert-file', '/tls.crt'],
    ['--tls-private-key-file', '/tls.key'],
  ];
  const share = ['--share', 'nodes'];
  assert.equal(settingsOf({ argv: [...share, ...cert, ...key] }).tlsCertFile, '/tls.crt');
  for (const one of [cert, key])
    assert.deepEqual(problemsOf({ argv: [...share, ...one] }), [
      '--tls-cert-file and --tls-private-key-file need each other: set both',
    ]);
  assert.deepEqual(problemsOf({ argv: [...cert, ...key] }), [
    '--tls-cert-file is for a hub: set --share too',
  ]);
});

test('an authority that replicas share goes with names, and with a hub that has no certificate of files (R24)', () => {
  const share = ['--share', 'nodes'];
  const authority = ['--tls-authority', 'hub/ca.of-hub'];
  const names = ['--tls-authority-names', 'hub.hub.svc,fd00::7, 10.0.0.1'];
  const maps = ['--tls-authority-configmaps', 'metallb-system/ca,frr-k8s-system/ca'];
  const settings = settingsOf({ argv: [...share, ...authority, ...names, ...maps] });
  assert.deepEqual(settings.tlsAuthority, { namespace: 'hub', name: 'ca.of-hub' });
  assert.deepEqual(settings.tlsAuthorityNames, ['hub.hub.svc', 'fd00::7', '10.0.0.1']);
  assert.deepEqual(settings.tlsAuthorityConfigmaps, [
    { namespace: 'metallb-system', name: 'ca' },
    { namespace: 'frr-k8s-system', name: 'ca' },
  ]);
  for (const [argv, problem] of [
    [[...authority, ...names], '--tls-authority is for a hub: set --share too'],
    [[...share, ...authority], '--tls-authority and --tls-authority-names need each other: set both'],
    [[...share, ...names], '--tls-authority and --tls-authority-names need each other: set both'],
    [[...share, ...maps], '--tls-authority-configmaps needs an authority: set --tls-authority too'],
    [
      [...share, ...authority, ...names, '--tls-cert-file', '/a', '--tls-private-key-file', '/b'],
      '--tls-authority does not go with --tls-cert-file: one certificate is served',
    ],
  ] as const)
    assert.deepEqual(problemsOf({ argv: [...argv] }), [problem]);
  for (const wrong of ['ca', 'hub/', '/ca', 'a/b/c', 'A/b', 'a.b/c', 'a/../b'])
    assert.equal(problemsOf({ argv: [...share, ...names, '--tls-authority', wrong] }).length, 1, wrong);
  for (const wrong of ['', 'a b', '*.a', 'a,', 'a..b', Array(17).fill('a').join()])
    assert.ok(
      problemsOf({ argv: [...share, ...authority, '--tls-authority-names', wrong] }).length > 0,
      wrong,
    );
});

test('a hub is one or more https URLs, with the CA of its certificate, for clients with credentials of their own (R25, I7)', () => {
  const ca = ['--hub-ca', '/ca.crt'];
  const { hub, hubCa } = settingsOf({
    argv: ['--hub', 'https://10.0.0.1:6444,https://[::1]/for/labels', ...ca],
  });
  assert.deepEqual(hub, ['https://10.0.0.1:6444/', 'https://[::1]/for/labels']);
  assert.equal(hubCa, '/ca.crt');
  const urls = 'https URLs separated by commas, 16 at most, as https://10.0.0.1:6444';
  for (const wrong of [
    'http://10.0.0.1',
    'https://',
    'https://a,',
    'https://u:p@a',
    'https://a?b',
    'https://a#b',
  ])
    assert.deepEqual(problemsOf({ argv: ['--hub', wrong, ...ca] }), [
      `--hub must be ${urls}, not "${wrong}"`,
    ]);
  assert.equal(problemsOf({ argv: ['--hub', Array(17).fill('https://a').join(','), ...ca] }).length, 1);
  assert.deepEqual(problemsOf({ argv: ['--hub', 'https://a'] }), [
    '--hub needs the CA of its certificate: set --hub-ca too',
  ]);
  assert.deepEqual(problemsOf({ argv: [...ca, '--hub-server-name', 'hub'] }), [
    '--hub-ca needs a hub: set --hub too',
    '--hub-server-name needs a hub: set --hub too',
  ]);
  const lent = ['--credentials', 'kubeconfig', '--kubeconfig', 'k'];
  assert.deepEqual(problemsOf({ argv: ['--hub', 'https://a', ...ca, ...lent] }), [
    '--hub does not go with --credentials kubeconfig: a hub asks who the client is',
  ]);
});

test('a setting with a malformed value is told of once, and is not called missing too', () => {
  for (const [wrong, ...others] of [
    [['--share', 'a b'], '--tls-authority', 'a/b', '--tls-authority-names', 'x'],
    [['--share', 'a b'], '--tls-cert-file', '/c', '--tls-private-key-file', '/k'],
    [['--tls-authority', 'a'], '--share', 'nodes', '--tls-authority-names', 'x'],
    [
      ['--tls-authority', 'a'],
      '--share',
      'nodes',
      '--tls-authority-names',
      'x',
      '--tls-authority-configmaps',
      'a/b',
    ],
    [['--tls-authority-names', 'x y'], '--share', 'nodes', '--tls-authority', 'a/b'],
    [['--in-cluster-token-file', 'token'], '--in-cluster-namespace', 'a'],
  ] as const) {
    const problems = problemsOf({ argv: [...wrong, ...others] });
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.ok(problems[0]?.startsWith(`${wrong[0]} must be `), problems[0]);
  }
});

test('two listeners on one address are a problem, two on free ports are not', () => {
  assert.deepEqual(problemsOf({ argv: ['--listen', '127.0.0.1:5', '--metrics-listen', '127.0.0.1:5'] }), [
    '--metrics-listen must differ from --listen',
  ]);
  settingsOf({ argv: ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'] });
});
