import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';

import { DockerfileParser, type Instruction } from 'dockerfile-ast';

import { runToEnd } from '../support/child.ts';
import { parseJson, textAt } from '../support/json-value.ts';
import { packed } from '../support/packed.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

function read(file: string): string {
  return readFileSync(join(PROJECT, file), 'utf8');
}

/** One stage: its FROM and what follows, in order. */
type Stage = readonly Instruction[];

function stages(): readonly Stage[] {
  const found: Instruction[][] = [];
  for (const instruction of DockerfileParser.parse(read('Dockerfile')).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') found.push([]);
    found.at(-1)?.push(instruction);
  }
  return found;
}

function of(stage: Stage | undefined, keyword: string): readonly string[] {
  return (stage ?? [])
    .filter((instruction) => instruction.getKeyword() === keyword)
    .map((instruction) => instruction.getTextContent().slice(keyword.length).trim());
}

/** The elements of the one instruction of this keyword, which has to be in exec form. */
function execForm(stage: Stage | undefined, keyword: string): readonly string[] {
  const [text = '', ...more] = of(stage, keyword);
  assert.deepEqual(more, [], `more than one ${keyword}`);
  const elements: unknown = parseJson(text);
  assert.ok(Array.isArray(elements), `${keyword} is not in exec form: ${text}`);
  return elements.map(String);
}

function argument(name: string): string {
  const given = DockerfileParser.parse(read('Dockerfile'))
    .getInitialARGs()
    .map((arg) => arg.getProperty())
    .find((property) => property?.getName() === name);
  return given?.getValue() ?? '';
}

function runNode(cwd: string, ...args: readonly string[]) {
  return runToEnd({ name: args.join(' '), command: process.execPath, args, cwd, timeoutMs: 30_000 });
}

/** Relative paths of all that is in it. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

describe('the Dockerfile (R35)', () => {
  const [build, runtime, ...others] = stages();

  test('has two stages: one that builds, one that runs', () => {
    assert.deepEqual(others, []);
    assert.equal(of(build, 'FROM')[0], '--platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build');
    assert.equal(of(runtime, 'FROM')[0], '${RUNTIME_IMAGE}');
  });

  test('builds by the very commands that CI runs, from the same lockfile', () => {
    const ci = read('.ci/run').split('\n');
    const commands = of(build, 'RUN');
    assert.equal(commands.length, 2);
    // The last of what a step runs; before it, the first one learns of a CA that only this build knows.
    const last = commands.map((command) => command.split(/;\s*\\?\s*/).at(-1) ?? '');
    for (const command of last) assert.ok(ci.includes(command), `CI does not run \`${command}\``);
    assert.match(commands[0] ?? '', /^--mount=type=secret,id=ca-bundle,target=\/run\/ca-bundle\.pem/);
    const installed = (build ?? []).findIndex((instruction) => instruction.getKeyword() === 'RUN');
    const before = of((build ?? []).slice(0, installed), 'COPY');
    assert.deepEqual(before, ['package.json package-lock.json ./']);
  });

  test('gives the build every file that the bundle is made of, and the context holds no other', () => {
    const copied = of(build, 'COPY').flatMap((line) => line.split(' ').slice(0, -1));
    const context = read('.dockerignore').trim().split('\n');
    assert.deepEqual(context, ['*', ...copied.map((file) => `!${file}`)]);
    for (const file of copied) assert.ok(existsSync(join(PROJECT, file)), file);
    const imported = [...read('build.ts').matchAll(/from '\.\/([^']+)'|'(src)\//g)];
    for (const [, file, folder] of imported) assert.ok(copied.includes(file ?? folder ?? ''), file ?? folder);
    assert.equal(imported.length, 5);
  });

  test('makes the bundle of the npm package, byte for byte, from what the context holds alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'watchsieve-image-'));
    try {
      const [source, image] = [join(folder, 'src'), join(folder, 'app')];
      for (const file of of(build, 'COPY').flatMap((line) => line.split(' ').slice(0, -1))) {
        await cp(join(PROJECT, file), join(source, file), { recursive: true });
      }
      await symlink(join(PROJECT, 'node_modules'), join(source, 'node_modules'));
      const built = await runNode(source, 'build.ts');
      assert.equal(built.code, 0, built.stderr);
      await cp(join(source, 'dist'), image, { recursive: true });
      const released = dirname((await packed()).program);
      assert.deepEqual(filesOf(image), filesOf(released));
      for (const file of filesOf(image))
        assert.ok(readFileSync(join(image, file)).equals(readFileSync(join(released, file))), file);
      const ran = await runNode(image, 'watchsieve.js', 'serve', '--help');
      assert.equal(ran.code, 0, ran.stderr);
      assert.match(ran.stdout, /--listen/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('runs on a distroless Node.js of the major version that the tests run on, pinned by its tag', () => {
    const [major = ''] = process.versions.node.split('.');
    assert.match(
      argument('RUNTIME_IMAGE'),
      new RegExp(`^gcr\\.io/distroless/nodejs${major}-debian\\d+:nonroot$`),
    );
    assert.match(argument('BUILD_IMAGE'), new RegExp(`^docker\\.io/library/node:${major}-[a-z]+-slim$`));
  });

  test('holds the bundle alone, as root left it', () => {
    assert.deepEqual(of(runtime, 'COPY'), ['--from=build /src/dist /app']);
    assert.deepEqual([...of(runtime, 'RUN'), ...of(runtime, 'ADD')], []);
  });

  test('runs as a user that is not root, named by number', () => {
    assert.deepEqual(of(runtime, 'USER'), ['65532:65532']);
  });

  test('starts Node.js without a shell, `serve` by default, and is stopped by the signal that drains', () => {
    assert.deepEqual(execForm(runtime, 'ENTRYPOINT'), ['/nodejs/bin/node', '/app/watchsieve.js']);
    assert.deepEqual(execForm(runtime, 'CMD'), ['serve']);
    assert.deepEqual(of(runtime, 'STOPSIGNAL'), ['SIGTERM']);
    const shells = of(runtime, 'SHELL');
    assert.deepEqual(shells, []);
  });

  test('says what it is, in the labels of the OCI, as package.json does', () => {
    const packageJson = parseJson(read('package.json'));
    const labels = of(runtime, 'LABEL').join(' ');
    const label = (name: string) =>
      new RegExp(`org\\.opencontainers\\.image\\.${name}="([^"]*)"`).exec(labels)?.[1];
    assert.equal(label('title'), textAt(packageJson, 'name').split('/').at(-1));
    assert.equal(label('description'), textAt(packageJson, 'description'));
    assert.equal(label('licenses'), textAt(packageJson, 'license'));
    assert.equal(label('version'), '${VERSION}');
    assert.equal(label('revision'), '${REVISION}');
    assert.ok(of(runtime, 'ARG').includes(`VERSION=${textAt(packageJson, 'version')}`));
  });
});
