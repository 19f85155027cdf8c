/**
 * What users get: this tree packed by npm and installed into an empty folder. Made once per state of the tree and kept
 * in the folder for temporary files, so that every test of a command runs it and none waits long for it. Outside of the
 * tree, because a program finds the packages of every folder above it.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { runToEnd } from './child.ts';
import { entriesAt, listAt, textAt } from './json-value.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const CACHE = join(tmpdir(), `watchsieve-packed-${userInfo().uid}`);
/** All that packing needs; node_modules is borrowed. */
const SOURCES = [
  ...['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'SECURITY.md', 'CONTRIBUTING.md'],
  'bench/README.md',
  ...['manifests/chart/watchsieve-hub/README.md', 'manifests/chart/watchsieve-webhook/README.md'],
  ...['build.ts', 'build-notices.ts', 'tsconfig.json', 'src', 'docs'],
];
const OLD_MS = 3_600_000;

export interface Packed {
  /** The folder that it was installed into, with nothing else in it. */
  readonly folder: string;
  /** What the shell finds. */
  readonly command: string;
  /** The same as a file for `node`. */
  readonly program: string;
  readonly tarball: string;
  /** Paths in the package. */
  readonly files: readonly string[];
}

/** @throws Error with npm's own words where it cannot be packed or installed */
export async function packed(): Promise<Packed> {
  const home = join(CACHE, stateOfTree());
  if (!existsSync(home)) await make(home);
  return describe(home);
}

function describe(home: string): Packed {
  const folder = join(home, 'empty');
  const files: unknown = JSON.parse(readFileSync(join(home, 'files.json'), 'utf8'));
  return {
    folder,
    command: join(folder, 'node_modules', '.bin', 'watchsieve'),
    program: join(folder, 'node_modules', packageJson.name, 'dist', 'watchsieve.js'),
    tarball: join(home, 'watchsieve.tgz'),
    files: listAt({ files }, 'files').map((path) => textAt({ path }, 'path')),
  };
}

/** Several test files may make it at the same time: the first to be done gives its own to all. */
async function make(home: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true, mode: 0o700 });
  if (statSync(CACHE).uid !== userInfo().uid) throw new Error(`${CACHE} belongs to somebody else`);
  const made = mkdtempSync(join(CACHE, 'making-'));
  try {
    const [clone, empty] = [join(made, 'clone'), join(made, 'empty')];
    mkdirSync(clone);
    mkdirSync(empty);
    for (const source of SOURCES) cpSync(join(PROJECT, source), join(clone, source), { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules'), join(clone, 'node_modules'));
    await npm(made, clone, 'run', 'prepack');
    const answer: unknown = JSON.parse(await npm(made, clone, 'pack', '--json', '--ignore-scripts'));
    // A list of packages, or since npm 12 packages by their name.
    const one = entriesAt({ answer }, 'answer')[0]?.[1];
    writeFileSync(
      join(made, 'files.json'),
      JSON.stringify(listAt(one, 'files').map((file) => textAt(file, 'path'))),
    );
    renameSync(join(clone, textAt(one, 'filename')), join(made, 'watchsieve.tgz'));
    writeFileSync(join(empty, 'package.json'), '{ "private": true }');
    await npm(made, empty, 'install', '--no-audit', '--no-fund', join(made, 'watchsieve.tgz'));
    for (const other of ['clone', 'cache']) rmSync(join(made, other), { recursive: true, force: true });
    renameSync(made, home);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  }
  forgetOthers(home);
}

/** The one who installs has no cache and reaches no registry. */
async function npm(made: string, cwd: string, ...args: readonly string[]): Promise<string> {
  const env = { npm_config_cache: join(made, 'cache'), npm_config_offline: 'true' };
  const ended = await runToEnd({ name: 'npm', command: 'npm', args, env, cwd, timeoutMs: 120_000 });
  if (ended.code !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${ended.stdout}\n${ended.stderr}`);
  return ended.stdout;
}

/** Those of other states, unless they are so young that somebody may still run them. */
function forgetOthers(home: string): void {
  for (const name of readdirSync(CACHE)) {
    const other = join(CACHE, name);
    const info = statSync(other, { throwIfNoEntry: false });
    if (other !== home && info !== undefined && Date.now() - info.mtimeMs > OLD_MS)
      rmSync(other, { recursive: true, force: true });
  }
}

function stateOfTree(): string {
  const hash = createHash('sha256');
  const files = globSync(
    [...SOURCES, 'package-lock.json'].flatMap((source) => [source, `${source}/**`]),
    { cwd: PROJECT, withFileTypes: true },
  );
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  for (const path of [...new Set(paths)].sort()) hash.update(`${path}\0`).update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}
