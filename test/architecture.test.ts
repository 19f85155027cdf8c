import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize, sep } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

interface Room {
  /** Rooms below it, by name; a name with a slash at its end is all rooms of that floor. */
  readonly mayImport: readonly string[];
  /** Packages, and Node's own modules, that it may use; `any` for rooms at the edge. */
  readonly mayUse: readonly string[] | 'any';
}

const PURE: readonly string[] = ['node:buffer'];

/** From the bottom to the top. A room may import itself and what it names here, nothing else. */
const ROOMS: Readonly<Record<string, Room>> = {
  'core/limits': { mayImport: [], mayUse: [] },
  'core/resource': { mayImport: [], mayUse: [] },
  'core/projection': { mayImport: ['core/resource'], mayUse: ['node:crypto'] },
  'core/codec': { mayImport: ['core/resource', 'core/projection'], mayUse: PURE },
  'core/request': { mayImport: [], mayUse: PURE },
  'core/grant': { mayImport: ['core/request'], mayUse: ['node:crypto'] },
  'core/sieve': {
    mayImport: ['core/limits', 'core/resource', 'core/projection', 'core/codec'],
    mayUse: [...PURE, 'node:crypto', 'lru-cache'],
  },
  'core/hub': { mayImport: ['core/'], mayUse: PURE },
  'platform/text': { mayImport: [], mayUse: ['yaml'] },
  platform: {
    mayImport: ['platform/text'],
    mayUse: ['pino', 'pino-pretty', 'prom-client', 'node:fs', 'node:timers/promises'],
  },
  'platform/listen': {
    mayImport: ['core/limits', 'core/request', 'platform'],
    mayUse: ['node:events', 'node:http', 'node:http2', 'node:https', 'node:net', 'node:stream'],
  },
  'platform/health': {
    mayImport: ['platform/text', 'platform/listen'],
    mayUse: ['node:buffer', 'node:dns/promises', 'node:http', 'node:perf_hooks'],
  },
  'platform/identity': { mayImport: ['platform/text'], mayUse: 'any' },
  'platform/upstream': {
    mayImport: ['core/limits', 'core/request', 'platform/text', 'platform'],
    mayUse: 'any',
  },
  'platform/authority': {
    mayImport: ['platform/text', 'platform', 'platform/identity', 'platform/upstream'],
    mayUse: ['node:crypto'],
  },
  config: {
    mayImport: ['platform/text', 'core/resource', 'core/projection'],
    mayUse: ['yaml', 'node:util', 'node:net', 'node:path'],
  },
  'serve/telemetry': {
    mayImport: ['core/codec', 'core/sieve'],
    mayUse: [],
  },
  'serve/proxy': {
    mayImport: [
      'core/limits',
      'core/request',
      'core/resource',
      'platform/text',
      'platform',
      'platform/listen',
      'platform/upstream',
    ],
    mayUse: 'any',
  },
  'serve/grants': {
    mayImport: ['core/', 'platform/text', 'platform', 'platform/upstream', 'serve/proxy'],
    mayUse: [],
  },
  'serve/hub-first': {
    mayImport: ['core/', 'platform', 'platform/upstream', 'serve/proxy'],
    mayUse: [],
  },
  'serve/share': {
    mayImport: ['core/', 'platform/text', 'platform', 'platform/upstream', 'serve/proxy', 'serve/grants'],
    mayUse: ['node:util', 'node:zlib'],
  },
  'serve/watch': {
    mayImport: [
      'core/',
      'platform/text',
      'platform',
      'platform/upstream',
      'config',
      'serve/telemetry',
      'serve/proxy',
    ],
    mayUse: ['node:stream', 'node:http', 'node:zlib', 'node:crypto'],
  },
  'serve/verify': {
    mayImport: ['core/', 'platform', 'platform/upstream', 'serve/telemetry', 'serve/proxy', 'serve/watch'],
    mayUse: [],
  },
  'serve/admin': {
    mayImport: ['platform/text', 'platform/health', 'serve/share', 'serve/hub-first', 'serve/watch'],
    mayUse: ['node:crypto'],
  },
  'serve/report': {
    mayImport: ['core/sieve', 'platform', 'serve/telemetry', 'serve/watch', 'serve/admin'],
    mayUse: [],
  },
  serve: {
    mayImport: ['core/', 'platform/', 'platform', 'config', 'serve/'],
    mayUse: ['node:crypto', 'node:perf_hooks', 'node:timers/promises', 'node:v8', 'node:zlib'],
  },
  'install/inject': { mayImport: ['platform/text'], mayUse: ['yaml', 'node:util'] },
  'install/flags': { mayImport: ['config', 'core/projection', 'install/inject'], mayUse: [] },
  'install/analyze': {
    mayImport: ['core/', 'platform/', 'platform', 'config'],
    mayUse: ['node:timers/promises'],
  },
  'install/check': {
    mayImport: ['core/resource', 'platform/text', 'platform/identity', 'platform/upstream', 'config'],
    mayUse: ['node:crypto', 'node:fs', 'node:fs/promises', 'node:net', 'node:path'],
  },
  'install/webhook': {
    mayImport: ['core/limits', 'platform/', 'platform', 'install/inject'],
    mayUse: ['fastify', 'node:crypto', 'node:http', 'node:perf_hooks', 'node:stream', 'node:stream/promises'],
  },
  'lab/simulator': { mayImport: [], mayUse: 'any' },
  'lab/recording': {
    mayImport: ['platform/text', 'config', 'core/resource', 'lab/simulator'],
    mayUse: 'any',
  },
  'lab/demo': {
    mayImport: ['platform/', 'platform', 'config', 'serve', 'lab/simulator', 'lab/recording'],
    mayUse: 'any',
  },
  cli: {
    mayImport: [
      'core/resource',
      'core/projection',
      'platform/',
      'platform',
      'config',
      'serve',
      'install/',
      'lab/',
    ],
    mayUse: 'any',
  },
};

/** Third-party code has an address: the rooms and files that alone may import a package. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  diff: ['cli/inject.ts'],
  fastify: ['install/webhook'],
  undici: ['platform/upstream', 'lab/demo/watcher.ts'],
  '@kubernetes/client-node': ['platform/upstream', 'lab/demo/watcher.ts', 'lab/demo/changes.ts'],
  '@peculiar/x509': ['platform/identity'],
  'reflect-metadata': ['platform/identity'],
  'lru-cache': ['core/sieve'],
  pino: ['platform/logger.ts'],
  'pino-pretty': ['platform/logger.ts'],
  'prom-client': ['platform/metric-registry.ts'],
  yaml: ['platform/text', 'config', 'install/inject', 'platform/identity', 'platform/upstream', 'cli'],
};

/** The one file that chooses between the codecs. */
const CHOOSER = 'core/codec/codecs.ts';

interface Import {
  readonly file: string;
  readonly room: string;
  readonly from: string;
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)\s*import\s*'([^']+)'/g;

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
}

function imports(): Import[] {
  return sourceFiles().flatMap((file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    const room = roomOf(file);
    return [...text.matchAll(IMPORT)].map((match) => ({
      file,
      room,
      from: match[1] ?? match[2] ?? match[3] ?? '',
    }));
  });
}

const packageOf = (from: string): string =>
  from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');

/** Whether what lies there is CommonJS, as Node.js decides it. */
function isCommonJs(from: string): boolean {
  const file = fileURLToPath(import.meta.resolve(from));
  if (!file.endsWith('.js')) return file.endsWith('.cjs');
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (!existsSync(join(folder, 'package.json'))) continue;
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return !(typeof manifest === 'object' && manifest !== null && Reflect.get(manifest, 'type') === 'module');
  }
}

/** Names by which these sources take a package that they load late; `default` is its own export. */
function lateNames(text: string): readonly { readonly from: string; readonly names: readonly string[] }[] {
  const loads = text.matchAll(/(?:\{(?<names>[^{}]*)\} = )?\(?await import\('(?<from>[^.'][^']*)'\)/g);
  return [...loads].map(({ groups }) => ({
    from: groups?.['from'] ?? '',
    names: (groups?.['names'] ?? 'all').split(',').map((name) => name.split(':')[0]?.trim() ?? ''),
  }));
}

/** The room whose folder a file lies in; folders inside of a room are its own matter. */
function roomOf(file: string): string {
  const path = dirname(file).split(sep).join('/');
  const rooms = Object.keys(ROOMS).filter((room) => path === room || path.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? '';
}

function mayImport(room: string, to: string): boolean {
  return (
    room === to ||
    (ROOMS[room]?.mayImport ?? []).some((name) => name === to || (name.endsWith('/') && to.startsWith(name)))
  );
}

/** Files that import one another in a circle, types included; each circle once. */
function circles(): string[][] {
  const targets = new Map<string, string[]>(sourceFiles().map((file) => [file, []]));
  for (const { file, from } of imports())
    if (from.startsWith('.')) targets.get(file)?.push(normalize(join(dirname(file), from)));
  const reach = (from: string): Set<string> => {
    const seen = new Set<string>();
    const queue = [...(targets.get(from) ?? [])];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      queue.push(...(targets.get(file) ?? []));
    }
    return seen;
  };
  const reached = new Map([...targets.keys()].map((file) => [file, reach(file)]));
  const found = [...targets.keys()]
    .filter((file) => reached.get(file)?.has(file))
    .map((file) =>
      [...targets.keys()].filter((other) => reached.get(file)?.has(other) && reached.get(other)?.has(file)),
    );
  return [...new Map(found.map((circle) => [circle.join(), circle])).values()];
}

describe('the rooms of src', () => {
  test('every file lies in a room, and every room is there', () => {
    const rooms = new Set(
      sourceFiles()
        .filter((file) => file !== 'main.ts')
        .map(roomOf),
    );
    assert.deepEqual([...rooms].sort(), Object.keys(ROOMS).sort());
  });

  test('imports go downwards only', () => {
    const wrong = imports()
      .filter(({ from }) => from.startsWith('.'))
      .map(({ file, room, from }) => ({ file, room, to: roomOf(normalize(join(dirname(file), from))) }))
      .filter(({ file, room, to }) => file !== 'main.ts' && !mayImport(room, to))
      .map(({ file, to }) => `${file} → ${to}`);
    assert.deepEqual(wrong, []);
  });

  test('a room stands below what may import it', () => {
    const names = Object.keys(ROOMS);
    const upwards = names.flatMap((room, floor) =>
      names
        .slice(floor + 1)
        .filter((above) => mayImport(room, above))
        .map((above) => `${room} → ${above}`),
    );
    assert.deepEqual(upwards, []);
  });

  test('no files import one another in a circle', () => {
    assert.deepEqual(circles(), []);
  });

  test('the codecs do not know each other, and one file chooses between them', () => {
    const codecs = ['core/codec/json/', 'core/codec/protobuf/'];
    const chosenBy = imports()
      .filter(({ from }) => from.startsWith('.'))
      .map(({ file, from }) => ({
        file,
        to: normalize(join(dirname(file), from))
          .split(sep)
          .join('/'),
      }))
      .filter(({ file, to }) => codecs.some((codec) => to.startsWith(codec) && !file.startsWith(codec)))
      .map(({ file }) => file);
    assert.deepEqual([...new Set(chosenBy)], [CHOOSER]);
  });

  test('no resource is named outside the rows of resources', () => {
    const naming = sourceFiles()
      .filter(
        (file) => !['core/resource', 'lab/simulator', 'lab/recording', 'lab/demo'].includes(roomOf(file)),
      )
      .filter((file) => /'(?:nodes|Node)'/.test(readFileSync(join(SRC, file), 'utf8')));
    assert.deepEqual(naming, []);
  });

  test('each room uses only the packages it names', () => {
    const wrong = imports()
      .filter(({ from }) => !from.startsWith('.'))
      .filter(({ room, from }) => {
        const mayUse = ROOMS[room]?.mayUse ?? 'any';
        return mayUse !== 'any' && !mayUse.includes(isBuiltin(from) ? from : packageOf(from));
      })
      .map(({ file, from }) => `${file} → ${from}`);
    assert.deepEqual(wrong, []);
  });

  test('each package is imported by its owners only', () => {
    const wrong = imports()
      .filter(({ from }) => !from.startsWith('.') && !isBuiltin(from))
      .filter(({ file, room, from }) => {
        const owners = OWNERS[packageOf(from)] ?? [];
        return !owners.includes(room) && !owners.includes(file.split(sep).join('/'));
      })
      .map(({ file, from }) => `${file} → ${from}`);
    assert.deepEqual(wrong, []);
  });

  test('no listener is made without the guard of its connections (R27)', () => {
    const makes =
      /import\s*{[^}]*\bcreate(?:Secure)?Server\b[^}]*}\s*from\s*'node:(?:https?|http2|tls)'|\bhttp2?\.create|\.listen\(\{/;
    const wrong = sourceFiles()
      .filter((file) => !['platform/listen', 'lab/simulator', 'lab/recording'].includes(roomOf(file)))
      .filter((file) => makes.test(readFileSync(join(SRC, file), 'utf8')));
    assert.deepEqual(wrong, []);
  });

  test('no option type inherits, or leaves members out of another', () => {
    const options = '\\w*(?:Options|Limits|Handlers|Context)';
    const inherits = new RegExp(
      `\\binterface ${options}\\b[^{]*\\bextends\\b|\\bextends[^{]*\\b${options}\\b[^{]*\\{|` +
        `\\b${options} &|& ${options}\\b|\\bOmit<`,
    );
    const own = sourceFiles().filter((file) => !file.startsWith('lab'));
    assert.deepEqual(
      own.filter((file) => inherits.test(readFileSync(join(SRC, file), 'utf8'))),
      [],
    );
    for (const type of [
      'interface AOptions extends B {',
      'interface A extends Pick<BOptions, "b"> {',
      'type A = B & BOptions;',
      "type A = Omit<B, 'b'>;",
    ])
      assert.match(type, inherits);
  });

  // X.509 costs a start 75 ms and 10 MiB. That a mere type loads nothing, ESLint holds.
  test('what makes certificates is loaded only where one is made', () => {
    const loads = /(?:^|\n)import \{[^}]*\} from '[^']*\/identity\/certificates\.ts'/;
    const loading = sourceFiles().filter((file) => loads.test(readFileSync(join(SRC, file), 'utf8')));
    assert.deepEqual(loading.sort(), ['cli/replay.ts', 'lab/demo/cluster.ts']);
  });

  test('no file grows beyond 400 lines, but for tables that a script has made', () => {
    const long = sourceFiles()
      .filter((file) => dirname(file) !== join('core', 'resource', 'tables'))
      .filter((file) => readFileSync(join(SRC, file), 'utf8').split('\n').length > 400);
    assert.deepEqual(long, []);
  });

  test('a CommonJS package that is loaded late is taken by its default: a bundle has lost its other names', () => {
    const late = sourceFiles().flatMap((file) => lateNames(readFileSync(join(SRC, file), 'utf8')));
    assert.ok(late.length >= 2);
    assert.deepEqual(
      late.filter(({ from, names }) => isCommonJs(from) && names.some((name) => name !== 'default')),
      [],
    );
    const [broken] = lateNames("const { default: a, b } = await import('pino-pretty');");
    assert.deepEqual(broken, { from: 'pino-pretty', names: ['default', 'b'] });
    assert.ok(isCommonJs('pino-pretty') && !isCommonJs('lru-cache'));
  });
});
