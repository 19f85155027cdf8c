/** What cannot be known in this tree, and must be before anything is released. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };

/** Reserved for examples (RFC 2606): nobody's. */
const NOBODYS = /\bexample\b/;

export interface ReleaseOptions {
  /** Where the image will be, with its tag or digest; named in the manifests. */
  readonly image: string | undefined;
}

/** Each in words; none where it may be released. */
export function placeholders(root: string, { image }: ReleaseOptions): string[] {
  const found: string[] = [];
  const { name, repository, homepage, bugs } = packageJson;
  for (const [field, value] of Object.entries({
    name,
    'repository.url': repository.url,
    homepage,
    'bugs.url': bugs.url,
  }))
    if (NOBODYS.test(value)) found.push(`package.json: ${field} is a placeholder: ${value}`);
  if (!name.startsWith('@'))
    found.push('package.json: name has no scope: whoever registers it first owns the shells of our users');
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  for (const [, argument = '', base = ''] of dockerfile.matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm))
    if (!/@sha256:[0-9a-f]{64}$/.test(base) || /:(0+)$/.test(base))
      found.push(`Dockerfile: ${argument} is not pinned by a digest: ${base}`);
  if (image === undefined || NOBODYS.test(image))
    found.push('--image: say where the image will be, as registry/name:version');
  return found;
}
