/** A mounted ConfigMap changed while its Pod runs, in the way in which the kubelet does it. */

import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The files are links to `..data/FILE`, and `..data` is a link to a folder, which is swapped in one step: readers see
 * either all of the old content or all of the new one.
 *
 * @param version - names the folder; never used before for this volume
 */
export async function swapConfigMap(
  volume: string,
  version: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = `..${version}`;
  await mkdir(join(volume, folder), { mode: 0o755 });
  for (const [name, text] of Object.entries(files)) await writeFile(join(volume, folder, name), text);
  const next = join(volume, '..data_tmp');
  await symlink(folder, next);
  await rename(next, join(volume, '..data'));
  for (const name of Object.keys(files)) {
    await rm(join(volume, name), { force: true });
    await symlink(join('..data', name), join(volume, name));
  }
}
