/** The image that an engine has built from the Dockerfile (R35): what it says of itself, and how it runs in the cluster. */

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import packageJson from '../../../package.json' with { type: 'json' };
import { runToEnd } from '../../support/child.ts';
import { listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import { fullName } from '../images.ts';
import { PRODUCT, type Rig } from '../rig.ts';

/** Where every package has to be fetched. */
const BUILD_MS = 10 * 60_000;

export async function image({ release, images, report, cluster }: Rig): Promise<void> {
  report.title('the image');
  let released: readonly unknown[] = [];
  const { commit } = release;
  await report.check('the release has it for amd64 and arm64: runs as nobody, says what it is', async () => {
    released = await imagesIn(release.imageArchive, join(cluster.folder, 'layout'));
    assert.deepEqual(released.map((each) => textAt(each, 'architecture')).sort(), ['amd64', 'arm64']);
    for (const each of released) {
      const config = valueAt(each, 'config');
      assert.equal(valueAt(config, 'User'), '65532:65532');
      assert.equal(valueAt(config, 'StopSignal'), 'SIGTERM');
      assert.deepEqual(valueAt(config, 'Entrypoint'), ['/nodejs/bin/node', '/app/watchsieve.js']);
      assert.deepEqual(valueAt(config, 'Cmd'), ['serve']);
      const label = (name: string) => valueAt(config, 'Labels', `org.opencontainers.image.${name}`);
      assert.deepEqual([label('version'), label('revision')], [packageJson.version, commit]);
    }
    // The bundle is the same for both, byte for byte: nothing of it was made by an emulator.
    const [last, other] = released.map((each) => listAt(each, 'rootfs', 'diff_ids').at(-1));
    assert.ok(last !== undefined && last === other);
  });
  await report.check(
    'the whole Dockerfile, as a user builds it, makes the same image byte for byte',
    async () => {
      const whole = valueAt(parseJson(await images.build(commit)), 'OCIv1');
      const same = released.find((each) => textAt(each, 'architecture') === 'amd64');
      for (const part of ['config', 'rootfs']) assert.deepEqual(valueAt(whole, part), valueAt(same, part));
    },
    BUILD_MS,
  );
  await report.check('each command runs in it: read-only root, no capability, no network', async () => {
    for (const args of [['--version'], ['--help'], ['inject', '--help'], ['webhook', '--help']]) {
      const run = ['ctr', '-n', 'k8s.io', 'run', '--rm', '--read-only'];
      const drop = ['CAP_NET_BIND_SERVICE', 'CAP_CHOWN', 'CAP_DAC_OVERRIDE'].map(
        (name) => `--cap-drop=${name}`,
      );
      const id = `try-${args.join('').replaceAll('-', '')}`;
      const output = await cluster.cage.run(
        ...run,
        ...drop,
        fullName(PRODUCT),
        id,
        '/nodejs/bin/node',
        '/app/watchsieve.js',
        ...args,
      );
      assert.notEqual(output.trim(), '', args.join(' '));
    }
  });
}

/** The configuration of each image of a layout, by the layout's own list of them. */
async function imagesIn(archive: string, folder: string): Promise<readonly unknown[]> {
  await mkdir(folder);
  const args = ['-xf', archive, '-C', folder];
  assert.equal((await runToEnd({ name: 'tar', command: 'tar', args, timeoutMs: 60_000 })).code, 0);
  const read = async (...path: readonly string[]): Promise<unknown> =>
    parseJson(await readFile(join(folder, ...path), 'utf8'));
  const blob = (descriptor: unknown) => read('blobs', ...textAt(descriptor, 'digest').split(':'));
  const [list, ...others] = listAt(await read('index.json'), 'manifests');
  assert.deepEqual(others, []);
  const manifests = await Promise.all(listAt(await blob(list), 'manifests').map(blob));
  return Promise.all(manifests.map((manifest) => blob(valueAt(manifest, 'config'))));
}
