/** What `npm run release` has made, as somebody has it who downloaded it: files, and the manifests unpacked. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { runToEnd } from './child.ts';
import { listAt, parseJson, textAt } from './json-value.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const NAME = `watchsieve-${packageJson.version}`;
/** With the image, of which a cold build installs every package. */
const MAKE_MS = 15 * 60_000;

export interface Release {
  /** For npm. */
  readonly tarball: string;
  /** For Helm. */
  readonly chart: string;
  /** A folder that holds `manifests`. */
  readonly folder: string;
  /** An OCI layout in a tar, where it was made with one. */
  readonly imageArchive: string;
  /** Of which it was made. */
  readonly commit: string;
}

/** @param folder - where it is put, in `out`, and unpacked. */
export async function makeRelease(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Release> {
  const out = join(folder, 'out');
  await mkdir(folder, { recursive: true });
  const script = join(PROJECT, 'release', 'run.ts');
  await run(process.execPath, [script, '--dry-run', '--out', out, ...args], env);
  await run('tar', ['-xzf', join(out, `${NAME}-manifests.tgz`), '-C', folder]);
  const files = await readdir(out);
  const chart = files.find((file) => file.startsWith('watchsieve-webhook-')) ?? 'no chart';
  const statement = parseJson(await readFile(join(out, `${NAME}.provenance.json`), 'utf8'));
  const [source] = listAt(statement, 'predicate', 'buildDefinition', 'resolvedDependencies');
  return {
    tarball: join(out, `${NAME}.tgz`),
    chart: join(out, chart),
    folder,
    imageArchive: join(out, `${NAME}-image.tar`),
    commit: textAt(source, 'digest', 'gitCommit'),
  };
}

async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const name = [command, ...args].join(' ');
  const { code, stderr } = await runToEnd({ name, command, args, env, timeoutMs: MAKE_MS });
  if (code !== 0) throw new Error(`${name}: ${code}\n${stderr.slice(-3000)}`);
}
