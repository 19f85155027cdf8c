/** What cannot be known in this tree, and must be before anything is released. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };

/** Reserved for examples (RFC 2606): nobody's. */
const NOBODYS = /\bexample\b/;
const PINNED = /@(sha256:[0-9a-f]{64})$/;

export interface ReleaseOptions {
  /** Where the image will be, with its tag; named in the manifests. */
  readonly image: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** The base images of the Dockerfile, by the argument that names each. */
export function baseImages(
  root: string,
  buildArgs: ReleaseOptions['buildArgs'],
): ReadonlyMap<string, string> {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const defaults = dockerfile.matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm);
  return new Map([...defaults].map(([, name = '', base = '']) => [name, buildArgs[name] ?? base]));
}

/** As sha256:..., where the reference is pinned by it. */
export function digestIn(reference: string): string | undefined {
  return PINNED.exec(reference)?.[1];
}

/** Each in words; none where it may be released. */
export function placeholders(root: string, { image, buildArgs }: ReleaseOptions): string[] {
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
  for (const [argument, base] of baseImages(root, buildArgs))
    if (digestIn(base) === undefined)
      found.push(`Dockerfile: ${argument} is not pinned by a digest: ${base}`);
  if (image === undefined || NOBODYS.test(image))
    found.push('--image: say where the image will be, as registry/name:version');
  return found;
}
