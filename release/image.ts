/**
 * The image for both platforms, as an OCI layout: the last stage of the Dockerfile around the very bundle that the npm
 * tarball holds, put together by buildah. That stage only copies: it needs no emulator, and no registry where the base
 * is in buildah's store.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const PLATFORMS = ['linux/amd64', 'linux/arm64'];
/** Under which buildah keeps what is made here. */
const OWN = 'localhost/watchsieve-release';

export interface ImageBuild {
  readonly dockerfile: string;
  /** The bundle, as the stage before would have made it. */
  readonly dist: string;
  /** Under which it will be pushed. */
  readonly name: string;
  /** Of the Dockerfile, in place of its defaults. */
  readonly args: Readonly<Record<string, string>>;
  /** Seconds since 1970: of the commit, so that whoever builds it builds the same. */
  readonly time: number;
}

/** @param work - an empty folder, in which `image` becomes the layout. */
export function buildImage(work: string, { dockerfile, dist, name, args, time }: ImageBuild): string {
  const [context, built, file] = [join(work, 'context'), join(work, 'built'), join(work, 'Dockerfile')];
  mkdirSync(context);
  cpSync(dist, join(built, 'src', 'dist'), { recursive: true });
  writeFileSync(file, lastStage(readFileSync(dockerfile, 'utf8')));
  const given = Object.entries(args).map(([key, value]) => `--build-arg=${key}=${value}`);
  const tagOf = (platform: string) => `${OWN}:${platform.replace('/', '-')}`;
  for (const platform of PLATFORMS) {
    const flags = [`--platform=${platform}`, `--timestamp=${time}`, `--tag=${tagOf(platform)}`];
    const build = (...pull: readonly string[]) =>
      buildah(
        ...['build', '--quiet', ...pull, ...flags, ...given],
        ...[`--build-context=build=${built}`, `--file=${file}`, context],
      );
    try {
      // Any other policy asks the registry for another platform's base, also where it is there.
      build('--pull=never');
    } catch (error) {
      if (!String(error).includes('image not known')) throw error;
      build();
    }
  }
  // Of a run before, and there may have been none.
  spawnSync('buildah', ['manifest', 'rm', `${OWN}:list`]);
  buildah('manifest', 'create', `${OWN}:list`, ...PLATFORMS.map(tagOf));
  const layout = join(work, 'image');
  buildah('manifest', 'push', '--quiet', '--all', `${OWN}:list`, `oci:${layout}:${name}`);
  return layout;
}

/** With the arguments that stand before every stage. */
function lastStage(dockerfile: string): string {
  const first = dockerfile.search(/^FROM /m);
  return dockerfile.slice(0, first) + dockerfile.slice(dockerfile.lastIndexOf('\nFROM ') + 1);
}

/** @throws with the words of buildah, or what to do where there is none. */
function buildah(...args: readonly string[]): void {
  const { error, status, stderr } = spawnSync('buildah', args, { encoding: 'utf8' });
  if (error !== undefined)
    throw new Error(`the image takes buildah, or --image-layout DIR: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`buildah ${args[0]}: ${status}\n${stderr.slice(-3000)}`);
}

/** @returns the digest by which a registry will know it. @throws where the folder is no layout of one image */
export function digestOf(layout: string): string {
  const index = readFileSync(join(layout, 'index.json'), 'utf8');
  const [digest, ...others] = [...index.matchAll(/"digest": *"sha256:([0-9a-f]{64})"/g)].map(
    (match) => match[1],
  );
  if (digest === undefined || others.length > 0) throw new Error(`${layout} is not the layout of one image`);
  return digest;
}
