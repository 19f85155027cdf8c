/** The manifests and the chart as a release has them: its version, and the image by the name under which it is pushed. */
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Copies a folder; what is named in its files is the tree's own version. */
export function copyManifests(from: string, to: string, release: { version: string; image: string }): void {
  cpSync(from, to, { recursive: true });
  const { name, tag } = split(release.image);
  for (const file of globSync('**/*.yaml', { cwd: to })) {
    const path = join(to, file);
    const text = readFileSync(path, 'utf8');
    const changed = text
      .replace(/^(\s*(?:- )?image:) watchsieve:\S+$/gm, `$1 ${release.image}`)
      .replace(/^( +name: watchsieve)\n( +)newTag: \S+$/gm, `$1\n$2newName: ${name}\n$2newTag: ${tag}`)
      .replace(/^(version|appVersion): \d\S*$/gm, `$1: ${release.version}`);
    if (changed !== text) writeFileSync(path, changed);
  }
}

function split(image: string): { readonly name: string; readonly tag: string } {
  const at = image.lastIndexOf(':');
  if (at <= image.lastIndexOf('/')) throw new Error(`--image must name a tag: ${image}`);
  return { name: image.slice(0, at), tag: image.slice(at + 1) };
}
