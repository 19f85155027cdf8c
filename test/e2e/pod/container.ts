/**
 * Runs one container of a Pod as a container runtime would: a root file system of its own that holds the
 * image's files and the mounts at their exact paths, read-only where it says so; the user, capabilities
 * and environment of its spec, and no others. Needs Linux and root, unshare, chroot and setpriv.
 */

import { accessSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { Child } from '../../support/child.ts';
import { listAt, valueAt } from '../../support/json-value.ts';

export interface Image {
  readonly entrypoint: readonly string[];
  /** What it holds: files and folders of this machine, by their path in the image. */
  readonly files: Readonly<Record<string, string>>;
}

export interface Mount {
  /** Folder on this machine. */
  readonly from: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
}

export interface ContainerOptions {
  readonly name: string;
  readonly image: Image;
  /** The container of the Pod's spec: arguments and security context. */
  readonly spec: unknown;
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** Name of the network namespace. */
  readonly network: string;
  /** An empty folder: where its root is put together, seen by nobody else. */
  readonly root: string;
}

/** What the C library and its like are in: images hold them, we borrow this machine's. */
const LIBRARIES = ['/lib', '/lib64', '/usr/lib'];
const DEVICES = ['/dev/null', '/dev/random', '/dev/urandom'];
/** Before the container's program: they change user and environment, and are gone with that. */
const TOOLS = '/.tools';

export function startContainer(options: ContainerOptions): Child {
  return new Child({
    name: options.name,
    command: 'ip',
    args: [
      ...['netns', 'exec', options.network],
      ...['unshare', '--mount', '--propagation=private', 'sh', '-euc', script(options)],
    ],
    keepLines: 100_000,
  });
}

/** Each step replaces the shell at last, so that signals reach the program itself. */
function script({ image, spec, env, mounts, root }: ContainerOptions): string {
  const context = valueAt(spec, 'securityContext');
  const lines = [`mount -t tmpfs -o mode=755 tmpfs ${quoted(root)}`];
  const bind = (from: string, to: string, readOnly: boolean) => {
    const target = quoted(join(root, to));
    lines.push(
      `if [ -d ${quoted(from)} ]; then mkdir -p ${target}; else mkdir -p "$(dirname ${target})"; : >${target}; fi`,
      `mount --bind ${quoted(from)} ${target}`,
    );
    if (readOnly) lines.push(`mount -o remount,bind,ro ${target}`);
  };
  for (const folder of LIBRARIES.filter(exists)) bind(folder, folder, true);
  for (const device of DEVICES) bind(device, device, false);
  for (const tool of ['setpriv', 'env']) bind(programFile(tool), join(TOOLS, tool), true);
  for (const [to, from] of Object.entries(image.files)) bind(from, to, true);
  // Outer folders first: a mount may lie inside another.
  const inOrder = [...mounts].sort((a, b) => a.mountPath.length - b.mountPath.length);
  for (const { from, mountPath, readOnly } of inOrder) bind(from, mountPath, readOnly);
  lines.push(`mkdir -p ${quoted(join(root, 'proc'))}`, `mount --rbind /proc ${quoted(join(root, 'proc'))}`);
  if (valueAt(context, 'readOnlyRootFilesystem') === true) lines.push(`mount -o remount,ro ${quoted(root)}`);
  const command = listAt(spec, 'command').map(String);
  const program = [
    ...['chroot', root, join(TOOLS, 'setpriv'), ...privileges(context)],
    ...[join(TOOLS, 'env'), '-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
    ...(command.length > 0 ? command : image.entrypoint),
    ...listAt(spec, 'args').map(String),
  ];
  lines.push(`exec ${program.map(quoted).join(' ')}`);
  return lines.join('\n');
}

/** Arguments of setpriv. Every container here drops all capabilities, and may add some. */
function privileges(context: unknown): readonly string[] {
  if (!listAt(context, 'capabilities', 'drop').includes('ALL'))
    throw new Error('a container that keeps the default capabilities is not provided for');
  const added = listAt(context, 'capabilities', 'add').map((name) => `+${String(name).toLowerCase()}`);
  const capabilities = ['-all', ...added].join(',');
  const id = (key: string) => Number(valueAt(context, key) ?? 0);
  return [
    ...[`--reuid=${id('runAsUser')}`, `--regid=${id('runAsGroup')}`, '--clear-groups'],
    ...[`--bounding-set=${capabilities}`, `--inh-caps=${capabilities}`],
    ...(valueAt(context, 'allowPrivilegeEscalation') === false ? ['--no-new-privs'] : []),
  ];
}

function programFile(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const file = folders.map((folder) => join(folder, name)).find(exists);
  if (file === undefined) throw new Error(`no ${name} on PATH`);
  return file;
}

function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
