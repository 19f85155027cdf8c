/** The manifests as somebody has them who named an image: in a folder of their own, where overlays can lie beside them. */
import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';

const MANIFESTS = join(import.meta.dirname, '..', '..', 'manifests');
/** Nobody's: `.test` is reserved for this. */
export const IMAGE = 'registry.test/team/watchsieve:0.1.0';

/** @returns `folder`/manifests. */
export function copyManifests(folder: string, image = IMAGE): string {
  const manifests = join(folder, 'manifests');
  cpSync(MANIFESTS, manifests, { recursive: true });
  execFileSync('sh', [join(manifests, 'image.sh'), image]);
  return manifests;
}
