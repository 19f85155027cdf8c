import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { SettingsSource } from '../../src/cli/settings-source.ts';
import type { ParsedSettings } from '../../src/config/parse-settings.ts';

async function file(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'watchsieve-config-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'config.yaml');
}

const modeOf = (parsed: ParsedSettings | undefined): string | undefined =>
  parsed !== undefined && 'ok' in parsed ? parsed.ok.mode : undefined;

test('a file is parsed again only when it has changed, by whatever means (R33)', async (t) => {
  const path = await file(t);
  await writeFile(path, 'mode: observe\n');
  const source = new SettingsSource(['--config', path], {});
  assert.equal(modeOf(await source.read()), 'observe');
  assert.equal(await source.reread(), undefined);
  await writeFile(path, 'mode: observe\n');
  assert.equal(await source.reread(), undefined, 'written anew, not changed');
  await writeFile(path, 'mode: filter\n');
  assert.equal(modeOf(await source.reread()), 'filter');
  assert.equal(await source.reread(), undefined);
});

test('a file may name other resources when it has changed, and is told what is wrong with them (R33)', async (t) => {
  const path = await file(t);
  await writeFile(path, 'resources: { pods: { include: [status.podIP] } }\n');
  const source = new SettingsSource(['--config', path], {});
  const sieved = (parsed: ParsedSettings | undefined): readonly string[] =>
    parsed !== undefined && 'ok' in parsed
      ? parsed.ok.sieved.map(({ resource }) => `${resource.plural} ${Object.keys(resource.schema).join()}`)
      : assert.fail(JSON.stringify(parsed));
  const [nodes, pods] = ['nodes metadata,spec,status', 'pods metadata,spec,status'];
  assert.deepEqual(sieved(await source.read()), [nodes, pods]);
  await writeFile(path, 'resources: { pods: content, endpointslices.discovery.k8s.io: content }\n');
  assert.deepEqual(sieved(await source.reread()), [
    nodes,
    pods,
    'endpointslices metadata,addressType,endpoints,ports',
  ]);
  await writeFile(path, 'resources: { endpointslice: content }\n');
  const wrong = await source.reread();
  assert.ok(wrong !== undefined && 'problems' in wrong);
  assert.match(wrong.problems.join(), /did you mean endpointslices\.discovery\.k8s\.io\?/);
});

test('a named file must exist at the start, and may vanish and come back later (R33)', async (t) => {
  const path = await file(t);
  const source = new SettingsSource(['--config', path], { WATCHSIEVE_PRESET: 'labels' });
  assert.deepEqual(await source.read(), { problems: [`--config: ${path} does not exist`] });
  await writeFile(path, 'mode: observe\n');
  assert.equal(modeOf(await source.read()), 'observe');
  await rm(path);
  const gone = await source.reread();
  assert.equal(modeOf(gone), 'filter');
  assert.ok(gone !== undefined && 'ok' in gone);
  assert.equal(gone.ok.preset, 'labels', 'flags and environment still count');
  assert.equal(await source.reread(), undefined);
});

test('a file that cannot be read is a problem each time it begins to be so, never an exception (R33)', async (t) => {
  const path = await file(t);
  await writeFile(path, '');
  const source = new SettingsSource(['--config', path], {});
  assert.equal(modeOf(await source.read()), 'filter');
  await rm(path);
  await mkdir(path);
  const unreadable = await source.reread();
  assert.ok(unreadable !== undefined && 'problems' in unreadable);
  assert.match(unreadable.problems.join(), /cannot read .*EISDIR/);
  assert.equal(await source.reread(), undefined, 'said once');
});
