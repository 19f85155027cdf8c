/** What `npm run release` makes (R49): each part is opened as its user would. The image is proven elsewhere. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { copyManifests } from '../../release/manifests.ts';
import { bundledPackages } from '../../release/sbom.ts';
import { runToEnd } from '../support/child.ts';
import { listAt, parseJson, textAt, valueAt } from '../support/json-value.ts';

const ROOT = join(import.meta.dirname, '../..');
const NAME = `watchsieve-${packageJson.version}`;
const IMAGE = 'registry.test/team/watchsieve:9.9.9';
const DIGEST = `sha256:${'5c'.repeat(32)}`;

describe('a release (R49)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchsieve-release-test-'));
  const out = join(folder, 'out');
  let said = '';

  async function run(cwd: string, command: string, ...args: readonly string[]) {
    const env = { npm_config_cache: join(folder, 'cache'), npm_config_offline: 'true' };
    return runToEnd({ name: command, command, args, env, cwd, timeoutMs: 100_000 });
  }

  before(async () => {
    const layout = join(folder, 'layout');
    mkdirSync(layout);
    writeFileSync(join(layout, 'index.json'), JSON.stringify({ manifests: [{ digest: DIGEST }] }));
    const args = ['release/run.ts', '--dry-run', '--out', out, '--image', IMAGE, '--image-layout', layout];
    const made = await run(ROOT, process.execPath, ...args);
    assert.equal(made.code, 0, made.stderr);
    said = made.stderr;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('its tarball is installed by npm, and is the command', async () => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const installed = await run(
      folder,
      'npm',
      'install',
      '--no-audit',
      '--no-fund',
      join(out, `${NAME}.tgz`),
    );
    assert.equal(installed.code, 0, installed.stderr);
    const ran = await run(folder, join(folder, 'node_modules/.bin/watchsieve'), 'version');
    assert.equal(ran.stdout, packageJson.version);
  });

  test('its bill of materials names what is bundled, and nothing that only builds or tests', () => {
    const bom = parseJson(readFileSync(join(out, `${NAME}.cdx.json`), 'utf8'));
    const named = listAt(bom, 'components').map((component) => textAt(component, 'bom-ref'));
    const folderOf = join(folder, 'node_modules', packageJson.name, 'dist');
    const notices = readFileSync(join(folderOf, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    assert.deepEqual(named.sort(), bundledPackages(notices).sort());
    assert.ok(named.length > 50);
    assert.ok(named.some((name) => name.startsWith('fastify@')));
    assert.ok(!named.some((name) => /^(?:eslint|typescript|fast-check)@/.test(name)));
    assert.equal(valueAt(bom, 'bomFormat'), 'CycloneDX');
  });

  test('its checksums and its provenance name every file', () => {
    const lines = readFileSync(join(out, 'SHA256SUMS'), 'utf8').trim().split('\n');
    const sums = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
    const files = readdirSync(out).filter((file) => file !== 'SHA256SUMS');
    assert.deepEqual([...sums.keys()].sort(), files.sort());
    for (const file of files) {
      const sum = createHash('sha256')
        .update(readFileSync(join(out, file)))
        .digest('hex');
      assert.equal(sums.get(file), sum, file);
    }
    const statement = parseJson(readFileSync(join(out, `${NAME}.provenance.json`), 'utf8'));
    const subjects = listAt(statement, 'subject').map((subject) => textAt(subject, 'name'));
    const others = files.filter((file) => !file.endsWith('provenance.json'));
    assert.deepEqual(subjects.sort(), [...others, IMAGE].sort());
    const image = listAt(statement, 'subject').find((subject) => textAt(subject, 'name') === IMAGE);
    assert.equal(`sha256:${textAt(image, 'digest', 'sha256')}`, DIGEST);
  });

  test('its manifests and its charts have the version, and the image where it was pushed', async () => {
    const opened = join(folder, 'opened');
    mkdirSync(opened);
    const charts = ['watchsieve-webhook', 'watchsieve-hub'];
    const archives = charts.map((chart) => `${chart}-${packageJson.version}.tgz`);
    for (const file of [`${NAME}-manifests.tgz`, ...archives])
      assert.equal((await run(opened, 'tar', '-xzf', join(out, file))).code, 0);
    const image: unknown = parse(readFileSync(join(opened, 'manifests/components/image/image.yaml'), 'utf8'));
    assert.equal(valueAt(image, 'imageTag', 'newName'), IMAGE);
    for (const file of ['manifests/patch/speaker-sidecar.yaml', 'manifests/ssa/speaker-sidecar.yaml'])
      assert.ok(readFileSync(join(opened, file), 'utf8').includes(` image: '${IMAGE}'\n`), file);
    for (const name of charts) {
      const values: unknown = parse(readFileSync(join(opened, name, 'values.yaml'), 'utf8'));
      assert.equal(`${textAt(values, 'image', 'repository')}:${textAt(values, 'image', 'tag')}`, IMAGE);
      const chart: unknown = parse(readFileSync(join(opened, name, 'Chart.yaml'), 'utf8'));
      assert.deepEqual(
        [valueAt(chart, 'version'), valueAt(chart, 'appVersion')],
        Array(2).fill(packageJson.version),
      );
    }
  });

  test('its image is the layout at the root of a tar, as skopeo, podman and ctr take it', async () => {
    const { stdout } = await run(folder, 'tar', '-tf', join(out, `${NAME}-image.tar`));
    assert.deepEqual(stdout.split('\n').sort(), ['./', './index.json']);
  });

  test('the workflow that would publish it takes every file that there is, by scripts that there are', () => {
    const workflow: unknown = parse(readFileSync(join(ROOT, '.github/workflows/release.yml'), 'utf8'));
    const steps = listAt(workflow, 'jobs', 'release', 'steps');
    const commands = steps.map((step) => valueAt(step, 'run')).filter((step) => typeof step === 'string');
    for (const [, script = ''] of commands.join('\n').matchAll(/npm run ([\w:]+)/g))
      assert.ok(script in packageJson.scripts, script);
    const patterns = [...commands.join('\n').matchAll(/reports\/release\/(\S*[^\s");])/g)].map(
      (match) => match[1],
    );
    const taken = new Map(patterns.map((pattern = '') => [pattern, globSync(pattern, { cwd: out })]));
    // Made by the line that names it.
    taken.delete('SHA256SUMS.sigstore');
    for (const [pattern, files] of taken) assert.notEqual(files.length, 0, pattern);
    assert.deepEqual(taken.get('watchsieve-[0-9]*[0-9].tgz'), [`${NAME}.tgz`]);
    assert.deepEqual(taken.get('watchsieve-*-image.tar'), [`${NAME}-image.tar`]);
    assert.deepEqual(taken.get('*')?.length, readdirSync(out).length);
  });

  test('another version goes wherever the tree names its own', () => {
    const to = join(folder, 'other');
    copyManifests(join(ROOT, 'manifests'), to, { version: '7.7.7', image: 'r/w:7' });
    for (const chart of ['watchsieve-webhook', 'watchsieve-hub'])
      assert.match(
        readFileSync(join(to, 'chart', chart, 'Chart.yaml'), 'utf8'),
        /^version: 7\.7\.7\nappVersion: 7\.7\.7$/m,
      );
  });

  test('whoever makes it again of the same commit has the same files, byte for byte', async () => {
    const again = join(folder, 'again');
    const args = ['release/run.ts', '--dry-run', '--out', again, '--image', IMAGE];
    const made = await run(ROOT, process.execPath, ...args, '--image-layout', join(folder, 'layout'));
    assert.equal(made.code, 0, made.stderr);
    const sums = (from: string) => readFileSync(join(from, 'SHA256SUMS'), 'utf8');
    assert.equal(sums(again), sums(out));
  });

  test('is refused while anything is a placeholder', async () => {
    assert.match(said, /^would refuse: package\.json: name is a placeholder/m);
    const refused = await run(ROOT, process.execPath, 'release/run.ts', '--out', join(folder, 'none'));
    assert.equal(refused.code, 1);
    for (const what of ['name', 'repository.url', 'homepage', 'bugs.url'])
      assert.ok(refused.stderr.includes(`refused: package.json: ${what} is a placeholder`), what);
    assert.match(refused.stderr, /refused: Dockerfile: RUNTIME_IMAGE/);
    assert.match(refused.stderr, /refused: --image/);
    assert.doesNotMatch(refused.stderr, /^ +at /m);
    const unnamed = [
      'release/run.ts',
      '--without-image',
      '--build-arg',
      `RUNTIME_IMAGE=r.test/node@${DIGEST}`,
    ];
    const pinned = await run(ROOT, process.execPath, ...unnamed, '--out', join(folder, 'none'));
    assert.match(pinned.stderr, /refused: Dockerfile: BUILD_IMAGE/);
    assert.doesNotMatch(pinned.stderr, /RUNTIME_IMAGE/);
    assert.match(pinned.stderr, /refused: --without-image/);
    assert.ok(!readdirSync(folder).includes('none'));
  });
});
