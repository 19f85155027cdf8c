/** What `npm pack` makes, and that it works where nothing else is installed (R33). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { before, describe, test } from 'node:test';
import { linksOf } from '../docs/documents.ts';
import { runToEnd } from '../support/child.ts';
import { textAt, valueAt } from '../support/json-value.ts';
import { type Packed, packed } from '../support/packed.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const builtins = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);
describe('the npm package (R33)', () => {
  const packageJson: unknown = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  let product: Packed;
  before(async () => {
    product = await packed();
  });

  const read = (file: string) => readFileSync(join(dirname(product.program), '..', file), 'utf8');

  /** What the scripts among these files import. */
  function importsOf(among: readonly string[]): string[] {
    return among
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) => [
        ...read(file).matchAll(/^(?:(?:import|export)\b[^'"\n]*?(?:from )?|\} from )["']([^"']+)["']/gm),
      ])
      .map(([, from = '']) => from);
  }

  test('holds the command, its licences and its documents, and nothing else', () => {
    const others = product.files.filter(
      (file) => !/^dist\/(serve\/)?[\w-]+\.js$/.test(file) && !/^docs\/[\w.-]+$/.test(file),
    );
    assert.deepEqual(others.sort(), [
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'bench/README.md',
      'dist/THIRD-PARTY-NOTICES.txt',
      'dist/package.json',
      'manifests/chart/watchsieve-hub/README.md',
      'manifests/chart/watchsieve-webhook/README.md',
      'package.json',
    ]);
    assert.ok(product.files.includes('dist/watchsieve.js'));
  });

  test('tells nothing of the machine that built it', () => {
    // esbuild names modules after their files, from where it runs.
    for (const file of product.files.filter((each) => each.startsWith('dist/')))
      assert.doesNotMatch(read(file), /\.\.\/\S*node_modules\//, file);
  });

  test('asks for no other package: what it needs is in its bundle', () => {
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies'])
      assert.equal(valueAt(packageJson, kind), undefined);
    const wanted = importsOf(product.files).filter(
      (from) => !from.startsWith('./') && !builtins.has(from) && !from.startsWith('node:'),
    );
    assert.deepEqual(wanted, []);
  });

  test('imports no module of Node.js: that reads all of its exports, and loads what is not used (build.ts)', () => {
    const own = importsOf(product.files).filter((from) => builtins.has(from) || from.startsWith('node:'));
    // For CommonJS packages, whose require() does not.
    assert.deepEqual([...new Set(own)], ['node:module']);
  });

  test('serve begins with few files: two more make V8 optimize the loader of Node.js, for 5 MiB of memory (P7)', () => {
    const loaded = new Set(['dist/main.js', 'dist/serve/serve-entry.js']);
    for (const file of loaded)
      for (const from of importsOf([file]))
        if (from.startsWith('./')) loaded.add(normalize(join(dirname(file), from)));
    assert.ok(loaded.size <= 24, `${loaded.size}: ${[...loaded].join(' ')}`);
  });

  test('loads nothing that a module of Node.js has behind a property until it is read (build.ts)', async () => {
    const entry = join(dirname(product.program), 'serve', 'serve-entry.js');
    const { code, stdout } = await runToEnd({
      name: 'the bundle of serve',
      command: process.execPath,
      args: [
        '-e',
        `import(${JSON.stringify(entry)}).then(() => console.log(process.moduleLoadList.join('\\n')))`,
      ],
      timeoutMs: 20_000,
    });
    assert.equal(code, 0);
    const loaded = stdout.split('\n');
    assert.ok(loaded.includes('NativeModule util'));
    const lazy = [
      'util/diff',
      'util/parse_args/parse_args',
      'util/trace_sigint',
      'file',
      'deps/undici/undici',
    ];
    assert.deepEqual(
      lazy.filter((name) => loaded.includes(`NativeModule internal/${name}`)),
      [],
    );
  });

  test('reads at every start the fields of Nodes, and those of another resource where settings name it (build.ts)', () => {
    const begin = 'dist/serve/serve-entry.js';
    const started = new Set([begin]);
    for (const file of started)
      for (const from of importsOf([file]))
        if (from.startsWith('./')) started.add(join(dirname(begin), from));
    const having = (field: string) => {
      const files = product.files.filter(
        (file) => file.startsWith('dist/serve/') && read(file).includes(field),
      );
      return { inAll: files.length, atStart: files.filter((file) => started.has(file)).length };
    };
    // Of a Node, a Pod, a Lease, and what their names are.
    assert.deepEqual(having(' nodeInfo '), { inAll: 1, atStart: 1 });
    assert.deepEqual(having(' hostNetwork '), { inAll: 1, atStart: 0 });
    // Two versions of a Lease say the same and share a table.
    assert.deepEqual(having(' renewTime '), { inAll: 2, atStart: 0 });
    assert.deepEqual(having('\npods v1 Pod '), { inAll: 1, atStart: 0 });
    // Few files, and so that an import which this test does not see would show.
    assert.ok(started.size > 5 && started.size < 15, `${started.size}`);
  });

  test('brings the licence of every package in its bundle', () => {
    const notices = read('dist/THIRD-PARTY-NOTICES.txt');
    for (const name of ['fastify', 'undici', 'yaml', 'prom-client', '@kubernetes/client-node', 'pino-pretty'])
      assert.match(notices, new RegExp(`\\n${name} \\d+\\.\\d+\\.\\d+ \\(`), name);
    // As many copyright lines as packages is the least: a folder without its licence text would show.
    assert.ok((notices.match(/copyright/gi) ?? []).length > 100);
  });

  test('is what a shell finds, under its name', async () => {
    const ended = await runToEnd({
      ...{ name: 'watchsieve', command: product.command, args: ['--version'], timeoutMs: 30_000 },
      cwd: product.folder,
    });
    assert.deepEqual([ended.code, ended.stdout], [0, textAt(packageJson, 'version')]);
  });

  test('its documents lead to files that it brings', () => {
    const there = new Set(product.files);
    const lost = product.files
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        linksOf({ path: file, text: read(file) })
          .filter((link) => !/^[a-z]+:|^#/.test(link))
          .map((link) => normalize(join(dirname(file), link.split('#')[0] ?? '')))
          .filter((target) => !there.has(target))
          .map((target) => `${file}: ${target}`),
      );
    assert.deepEqual(lost, []);
  });
});
