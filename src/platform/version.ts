/** The program's version, from package.json or, in a bundle, which has no package.json, from the bundler. */
import { readFileSync } from 'node:fs';

declare const __VERSION__: string | undefined;

/** For example `0.1.0`. */
export const version: string = typeof __VERSION__ === 'string' ? __VERSION__ : readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error('package.json has no version');
}
