/** The manifests and the chart as a release has them: its version, and the image by the name under which it is pushed. */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Copies the folder, and names the image by the script that users have for it. */
export function copyManifests(from: string, to: string, release: { version: string; image: string }): void {
  cpSync(from, to, { recursive: true });
  execFileSync('sh', [join(to, 'image.sh'), release.image]);
  for (const file of globSync('{chart/*/Chart,helm/plugin}.yaml', { cwd: to })) {
    const path = join(to, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/^(version|appVersion): \d\S*$/gm, `$1: ${release.version}`));
  }
}
