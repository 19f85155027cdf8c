import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize, sep } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

interface Layer {
  /** Folders below it. Everything else is above, or beside and none of its business. */
  readonly mayImport: readonly string[];
  /** Packages, and Node's own modules, that it may use; `any` for layers at the edge. */
  readonly mayUse: readonly string[] | 'any';
}

const PURE: readonly string[] = ['node:buffer'];

/** From the bottom to the top. A layer may import itself and what it names here, nothing else. */
const LAYERS: Readonly<Record<string, Layer>> = {
  limits: { mayImport: [], mayUse: [] },
  text: { mayImport: [], mayUse: ['yaml'] },
  listen: {
    mayImport: ['limits'],
    mayUse: ['node:http', 'node:https', 'node:net', 'node:stream'],
  },
  wire: { mayImport: [], mayUse: PURE },
  sieve: { mayImport: ['limits', 'wire'], mayUse: [...PURE, 'node:crypto', 'lru-cache'] },
  telemetry: { mayImport: ['text', 'wire', 'sieve'], mayUse: ['pino', 'pino-pretty', 'prom-client'] },
  stream: {
    mayImport: ['limits', 'wire', 'sieve', 'telemetry'],
    mayUse: ['node:stream', 'node:http', 'node:zlib'],
  },
  config: { mayImport: ['text', 'sieve'], mayUse: ['yaml', 'node:util', 'node:net', 'node:path'] },
  inject: { mayImport: [], mayUse: ['yaml', 'node:util'] },
  identity: { mayImport: ['text'], mayUse: 'any' },
  upstream: { mayImport: ['text', 'limits'], mayUse: 'any' },
  proxy: { mayImport: ['text', 'limits', 'listen', 'upstream'], mayUse: 'any' },
  admin: {
    mayImport: ['limits', 'listen'],
    mayUse: ['fastify', 'node:crypto', 'node:dns/promises', 'node:perf_hooks'],
  },
  check: {
    mayImport: ['text', 'config', 'identity', 'upstream'],
    mayUse: ['node:crypto', 'node:fs/promises', 'node:net', 'node:path', 'node:stream'],
  },
  webhook: {
    mayImport: ['text', 'limits', 'listen', 'inject', 'identity', 'upstream', 'admin', 'telemetry', 'stream'],
    mayUse: ['fastify', 'node:crypto', 'node:http', 'node:perf_hooks', 'node:stream', 'node:stream/promises'],
  },
  simulator: { mayImport: [], mayUse: 'any' },
  app: {
    mayImport: [
      'text',
      'limits',
      'listen',
      'wire',
      'sieve',
      'telemetry',
      'stream',
      'config',
      'identity',
      'upstream',
      'proxy',
      'admin',
    ],
    mayUse: ['node:crypto', 'node:perf_hooks', 'node:timers/promises', 'node:zlib'],
  },
  cli: {
    mayImport: [
      'text',
      'app',
      'check',
      'config',
      'identity',
      'inject',
      'sieve',
      'simulator',
      'telemetry',
      'webhook',
    ],
    mayUse: 'any',
  },
};

/** Third-party code has an address: who alone may import a package. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  diff: ['cli/inject.ts'],
  fastify: ['admin', 'webhook'],
  undici: ['upstream', 'cli/demo-watcher.ts'],
  '@kubernetes/client-node': ['upstream', 'cli/demo-watcher.ts', 'cli/demo-changes.ts'],
  '@peculiar/x509': ['identity'],
  'reflect-metadata': ['identity'],
  'lru-cache': ['sieve'],
  pino: ['telemetry'],
  'pino-pretty': ['telemetry'],
  'prom-client': ['telemetry'],
  yaml: ['text', 'config', 'inject', 'identity', 'upstream', 'cli'],
};

interface Import {
  readonly file: string;
  readonly layer: string;
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
    const layer = file.split(sep)[0] ?? '';
    return [...text.matchAll(IMPORT)].map((match) => ({
      file,
      layer,
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

describe('the layers of src', () => {
  test('every folder is a layer', () => {
    const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.deepEqual(folders.map(({ name }) => name).sort(), Object.keys(LAYERS).sort());
  });

  test('imports go downwards only', () => {
    const wrong = imports()
      .filter(({ from }) => from.startsWith('.'))
      .map(({ file, layer, from }) => ({
        file,
        layer,
        to: normalize(join(dirname(file), from)).split(sep)[0] ?? '',
      }))
      .filter(
        ({ layer, to }) =>
          layer !== to && layer !== 'main.ts' && LAYERS[layer]?.mayImport.includes(to) !== true,
      )
      .map(({ file, to }) => `${file} → ${to}`);
    assert.deepEqual(wrong, []);
  });

  test('each layer uses only the packages it names', () => {
    const wrong = imports()
      .filter(({ from }) => !from.startsWith('.'))
      .filter(({ layer, from }) => {
        const mayUse = LAYERS[layer]?.mayUse ?? 'any';
        return mayUse !== 'any' && !mayUse.includes(isBuiltin(from) ? from : packageOf(from));
      })
      .map(({ file, from }) => `${file} → ${from}`);
    assert.deepEqual(wrong, []);
  });

  test('each package is imported by its owners only', () => {
    const wrong = imports()
      .filter(({ from }) => !from.startsWith('.') && !isBuiltin(from))
      .filter(({ file, layer, from }) => {
        const owners = OWNERS[packageOf(from)] ?? [];
        return !owners.includes(layer) && !owners.includes(file.split(sep).join('/'));
      })
      .map(({ file, from }) => `${file} → ${from}`);
    assert.deepEqual(wrong, []);
  });

  test('no listener is made without the guard of its connections (R27)', () => {
    const makes =
      /import\s*{[^}]*\bcreate(?:Secure)?Server\b[^}]*}\s*from\s*'node:(?:https?|http2|tls)'|\bhttp2?\.create|\.listen\(\{/;
    const wrong = sourceFiles()
      .filter((file) => !['listen', 'simulator'].includes(file.split(sep)[0] ?? ''))
      .filter((file) => makes.test(readFileSync(join(SRC, file), 'utf8')));
    assert.deepEqual(wrong, []);
  });

  test('no file grows beyond 400 lines', () => {
    const long = sourceFiles().filter(
      (file) => readFileSync(join(SRC, file), 'utf8').split('\n').length > 400,
    );
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
