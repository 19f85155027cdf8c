/** The image that an engine has built from the Dockerfile (R35): what it says of itself, and how it runs in the cluster. */

import assert from 'node:assert/strict';

import { parseJson, valueAt } from '../../support/json-value.ts';
import { fullName } from '../images.ts';
import { PRODUCT, type Rig } from '../rig.ts';

export async function image({ images, report, cluster }: Rig): Promise<void> {
  report.title('the image');
  await report.check('runs as nobody, and says what it is', async () => {
    const config = valueAt(parseJson(await images.inspect(PRODUCT)), 'OCIv1', 'config');
    assert.equal(valueAt(config, 'User'), '65532:65532');
    assert.equal(valueAt(config, 'StopSignal'), 'SIGTERM');
    assert.deepEqual(valueAt(config, 'Cmd'), ['serve']);
    assert.match(String(valueAt(config, 'Labels', 'org.opencontainers.image.version')), /^\d+\.\d+\.\d+$/);
  });
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
