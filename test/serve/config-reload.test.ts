/** The kill switch: mode and preset from a mounted ConfigMap, changed while watches run (R21, R33). */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually } from '../support/api-server.ts';
import { FakeTime } from '../support/fake-time.ts';
import { runReady, temporaryDirectory, type LogLine, type Running } from './harness.ts';

/** A volume as kubelet makes it of a ConfigMap: a change swaps the link `..data`, and the file is a link through it. */
class ConfigMapVolume {
  readonly file: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.file = join(folder, 'config.yaml');
  }

  async set(text: string): Promise<void> {
    const version = await mkdtemp(join(this.#folder, '..version-'));
    await writeFile(join(version, 'config.yaml'), text);
    await symlink(version, join(this.#folder, '..data_tmp'));
    await rename(join(this.#folder, '..data_tmp'), join(this.#folder, '..data'));
    await symlink(join('..data', 'config.yaml'), this.file).catch(() => undefined);
  }

  async vanish(): Promise<void> {
    await rm(this.file);
    await rm(join(this.#folder, '..data'));
  }
}

interface Scene {
  readonly proxy: Running;
  readonly config: ConfigMapVolume;
  readonly beat: () => void;
  /** Lets the proxy look at the file, and waits until it has said this. @returns the newest such line */
  readonly look: (msg: string) => Promise<LogLine>;
  readonly reloads: (result: string) => Promise<number>;
}

const APPLIED = 'the config file has changed: applied';
const REFUSED = 'the config file has changed and has problems: nothing is applied';
const LATER = 'the config file has changed: these take effect at the next start';

async function scene(t: TestContext, text: string, argv: readonly string[] = []): Promise<Scene> {
  const simulator = await simulate(t, { nodes: 1 });
  const folder = join(await temporaryDirectory(t), 'config');
  await mkdir(folder);
  const config = new ConfigMapVolume(folder);
  await config.set(text);
  const time = new FakeTime();
  const proxy = await runReady(
    t,
    { url: simulator.url, caPem: CA_PEM },
    { configFile: config.file, argv, startPolling: time.startTimer },
  );
  return {
    proxy,
    config,
    beat: () => simulator.cluster.heartbeat('node-0000'),
    look: async (msg) => {
      const before = proxy.logged(msg).length;
      time.pass(5000);
      await eventually(() => proxy.logged(msg).length > before, msg);
      return proxy.logged(msg).at(-1) ?? assert.fail();
    },
    reloads: async (result) => (await proxy.scrape()).sum('watchsieve_config_reloads_total', { result }),
  };
}

interface DebugConfig {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly sources: Readonly<Record<string, string>>;
  readonly atNextStart: readonly string[];
}

const debugConfig = async ({ proxy }: Scene): Promise<DebugConfig> =>
  JSON.parse((await proxy.admin('/debug/config')).body.toString()) as DebugConfig;

/** The labels of the one build info sample. */
async function buildInfo({ proxy }: Scene): Promise<readonly unknown[]> {
  return (await proxy.scrape())
    .of('watchsieve_build_info')
    .map(({ labels }) => [labels['mode'], labels['preset']]);
}

test('observe in a changed ConfigMap takes effect on a running watch at its next event, and back again (R21)', async (t) => {
  const made = await scene(t, 'mode: filter\n');
  const { proxy, config, beat, look } = made;
  const watch = await proxy.watch('resourceVersion=0');
  await watch.take(1);
  const counted = async (verdict: string): Promise<number> =>
    (await proxy.scrape()).sum('watchsieve_events_total', { verdict, type: 'MODIFIED' });
  // The first MODIFIED ends the initial events; the second is the first no-op.
  beat();
  await watch.take(1);
  beat();
  await awaited(async () => (await counted('swallowed')) === 1);

  await config.set('mode: observe\n');
  const line = await look(APPLIED);
  assert.deepEqual(line['settings'], {
    mode: { to: 'observe', by: `mode (${config.file} line 1)` },
  });
  beat();
  await watch.take(1);
  assert.equal(await counted('would_swallow'), 1);
  assert.deepEqual(await buildInfo(made), [['observe', 'metallb']]);
  const shown = await debugConfig(made);
  assert.equal(shown.settings['mode'], 'observe');
  assert.equal(shown.sources['mode'], `mode (${config.file} line 1)`);

  await config.set('mode: filter\n');
  await look(APPLIED);
  beat();
  await awaited(async () => (await counted('swallowed')) === 2);
  assert.equal(proxy.logged('stream ended').length, 0, 'the watch has gone on all the time');
  assert.equal(await made.reloads('applied'), 2);
});

async function awaited(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) if (await holds()) return;
  assert.fail('still not true');
}

test('another preset takes effect on a running watch: an object passes once, then counts by the new one (R14, R16)', async (t) => {
  const made = await scene(t, 'preset: metallb\n');
  const { proxy, config, beat, look } = made;
  const watch = await proxy.watch('resourceVersion=0');
  await watch.take(1);
  beat();
  await watch.take(1);
  await config.set('preset: labels\n');
  await look(APPLIED);
  beat();
  await watch.take(1);
  const reasons = (await proxy.scrape()).sum('watchsieve_events_total', { reason: 'first_seen' });
  assert.equal(reasons, 1);
  assert.deepEqual(await buildInfo(made), [['filter', 'labels']]);
});

test('a projection of the file that is defined anew takes effect like another preset (R14)', async (t) => {
  const made = await scene(t, 'preset: mine\nprojections: { mine: { include: [metadata.labels] } }\n');
  assert.deepEqual(await buildInfo(made), [['filter', 'mine']]);
  const watch = await made.proxy.watch('resourceVersion=0');
  await watch.take(1);
  made.beat();
  await watch.take(1);
  await made.config.set('preset: mine\nprojections: { mine: { include: [spec.taints] } }\n');
  await made.look(APPLIED);
  made.beat();
  await watch.take(1);
  assert.equal(await made.reloads('applied'), 1);
});

test('a file with problems changes nothing, is logged with each of them, and counted (R33)', async (t) => {
  const made = await scene(t, 'mode: observe\n');
  await made.config.set('mode: filtr\npreset: none\n');
  const { problems, level } = await made.look(REFUSED);
  assert.equal(level, 'warn');
  assert.ok(Array.isArray(problems));
  assert.equal(problems.length, 2);
  assert.equal(await made.reloads('invalid'), 1);
  const isValid = async () => (await made.proxy.scrape()).sum('watchsieve_config_file_valid');
  assert.equal(await isValid(), 0);
  assert.equal((await debugConfig(made)).settings['mode'], 'observe');
  await made.config.set('mode: filter\n');
  await made.look(APPLIED);
  assert.equal(await isValid(), 1);
  assert.equal((await debugConfig(made)).settings['mode'], 'filter');
});

test('a ConfigMap that vanishes means the defaults, one that appears counts (R33)', async (t) => {
  const made = await scene(t, 'mode: observe\npreset: labels\n');
  await made.config.vanish();
  await made.look(APPLIED);
  const shown = await debugConfig(made);
  assert.deepEqual([shown.settings['mode'], shown.settings['preset']], ['filter', 'metallb']);
  assert.deepEqual([shown.sources['mode'], shown.sources['preset']], ['default', 'default']);
  await made.config.set('mode: observe\n');
  await made.look(APPLIED);
  assert.equal((await debugConfig(made)).settings['mode'], 'observe');
});

test('other settings wait for the next start, and are named; a comment changes nothing (R33)', async (t) => {
  const made = await scene(t, '');
  await made.config.set('maxStreams: 7\n');
  assert.deepEqual((await made.look(LATER))['settings'], ['maxStreams']);
  const shown = await debugConfig(made);
  assert.equal(shown.settings['maxStreams'], 200);
  assert.deepEqual(shown.atNextStart, ['maxStreams']);
  await made.config.set('# none\n');
  await made.config.set('mode: observe # now\n');
  await made.look(APPLIED);
  assert.deepEqual((await debugConfig(made)).atNextStart, []);
  assert.equal(await made.reloads('unchanged'), 1);
});

test('a mode set by a flag is stronger than the file, which is said once (R33)', async (t) => {
  const hidden = 'the config file sets what a flag or the environment decides: it has no effect there';
  const made = await scene(t, 'preset: labels\n', ['--mode', 'filter']);
  assert.equal(made.proxy.logged(hidden).length, 0);
  await made.config.set('mode: observe\npreset: labels\n');
  const { setting, decidedBy } = await made.look(hidden);
  assert.deepEqual([setting, decidedBy], ['mode', '--mode']);
  await made.config.set('mode: observe\npreset: heartbeat\n');
  await made.look(APPLIED);
  assert.equal(made.proxy.logged(hidden).length, 1);
  assert.deepEqual(await buildInfo(made), [['filter', 'heartbeat']]);
});
