/**
 * Images as an engine builds them (buildah): the product's by the release, from its own Dockerfile, and those around it
 * from the programs of this machine. What the Dockerfile takes from registries is stood in for by images with the
 * same programs at the same paths.
 */

import { chmod, cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { build } from 'esbuild';

import packageJson from '../../package.json' with { type: 'json' };
import { PLATFORMS } from '../../release/image.ts';
import { runToEnd } from '../support/child.ts';
import { makeRelease, type Release } from '../support/release.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const BUSYBOX_APPLETS = 'sh ls cat env mkdir rm cp mv ln uname dirname basename sed chmod which test'.split(
  ' ',
);
const PASSWD = `root:x:0:0:root:/root:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
`;
const GROUP = 'root:x:0:\nnonroot:x:65532:\n';
const BUILD_BASE = 'registry.local/node-build:24';
const RUNTIME_BASE = 'registry.local/node-run/list:24';
/** What the release says of the Dockerfile's bases. */
export const BASES = { BUILD_IMAGE: BUILD_BASE, RUNTIME_IMAGE: RUNTIME_BASE };
/** A client that reads the in-cluster configuration. */
export const IN_CLUSTER_CLIENT = 'registry.local/in-cluster-client:1';
/** The image that holds the network namespace of a Pod. */
export const PAUSE = 'registry.local/pause:3';
const PAUSE_C = '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n';
const BUILD_MS = 15 * 60_000;

export interface ImagesOptions {
  /** Kept between runs: layers, and what they were made from. */
  readonly cache: string;
  /** This run's own: the archives. */
  readonly folder: string;
}

export class Images {
  readonly #cache: string;
  readonly #folder: string;
  readonly #archives: string[] = [];

  constructor({ cache, folder }: ImagesOptions) {
    this.#cache = cache;
    this.#folder = folder;
  }

  /** OCI archives of all images built so far, for containerd. */
  get archives(): readonly string[] {
    return this.#archives;
  }

  /** The two bases of the Dockerfile, with the Node.js that runs this. */
  async bases(): Promise<void> {
    const node = process.execPath;
    const runtime = await this.#emptyRoot('base-run');
    await this.#program(runtime, node, '/nodejs/bin/node');
    // Released for arm64 too. Nothing of it is run in the build, so the same programs stand in for it there.
    // Not from the cache, which takes one for the other.
    await this.#buildah('manifest', 'rm', RUNTIME_BASE).catch(() => undefined);
    const both = ['--no-cache', `--platform=${PLATFORMS.join(',')}`, `--manifest=${RUNTIME_BASE}`];
    await this.#build(both, runtime, [
      'ENV PATH=/nodejs/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
      'USER 65532',
      'WORKDIR /home/nonroot',
      'ENTRYPOINT ["/nodejs/bin/node"]',
    ]);
    const build = await this.#emptyRoot('base-build');
    await this.#program(build, node, '/usr/local/bin/node');
    await this.#program(build, '/bin/busybox', '/bin/busybox');
    for (const applet of BUSYBOX_APPLETS) await symlink('busybox', join(build, 'bin', applet));
    await mkdir(join(build, 'usr', 'bin'), { recursive: true });
    await symlink('/bin/busybox', join(build, 'usr', 'bin', 'env'));
    for (const name of ['libnss_dns.so.2', 'libresolv.so.2', 'libnss_files.so.2']) {
      const library = `/lib/x86_64-linux-gnu/${name}`;
      await cp(library, join(build, library), { dereference: true });
    }
    const modules = join(build, 'usr', 'local', 'lib', 'node_modules');
    await cp(await npmFolder(), join(modules, 'npm'), { recursive: true, dereference: true });
    for (const name of ['npm', 'npx'])
      await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(build, 'usr', 'local', 'bin', name));
    await this.#build(['-t', BUILD_BASE], build, ['ENV PATH=/usr/local/bin:/usr/bin:/bin HOME=/root']);
  }

  /** By the script that makes releases, with all else that one is made of. */
  async release(image: string): Promise<Release> {
    const given = Object.entries(BASES).map(([key, value]) => `--build-arg=${key}=${value}`);
    const env = await this.#env();
    const release = await makeRelease(join(this.#folder, 'release'), ['--image', image, ...given], env);
    this.#archives.push(release.imageArchive);
    return release;
  }

  /** By the whole of the Dockerfile, unchanged, as a user builds it. @returns what `buildah inspect` says of it. */
  async build(commit: string): Promise<string> {
    const name = 'localhost/watchsieve:whole';
    const given = Object.entries({ ...BASES, VERSION: packageJson.version, REVISION: commit }).map(
      ([key, value]) => `--build-arg=${key}=${value}`,
    );
    const time = await run('git', ['-C', PROJECT, 'log', '-1', '--format=%ct', commit]);
    const flags = ['--layers', '-q', `--timestamp=${time.trim()}`, '-t', name];
    await this.#buildah('bud', ...flags, ...given, ...caBundle(), PROJECT);
    return this.#buildah('inspect', '--type=image', name);
  }

  /** One program at the root of an image, with the libraries it needs. */
  async program(name: string, file: string, entrypoint: string): Promise<void> {
    const root = await this.#emptyRoot('program');
    await this.#program(root, file, entrypoint);
    await this.#build(['-t', name], root, [`ENTRYPOINT ["${entrypoint}"]`]);
    await this.#archive(name);
  }

  /** A program in TypeScript with all it imports, for the Node.js that runs this. */
  async script(name: string, entry: string): Promise<void> {
    const root = await this.#emptyRoot('script');
    await this.#program(root, process.execPath, '/nodejs/bin/node');
    const options = { bundle: true, platform: 'node', format: 'esm', logLevel: 'error' } as const;
    const banner = {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    };
    await build({ ...options, banner, entryPoints: [entry], outfile: join(root, 'client.mjs') });
    await this.#build(['-t', name], root, ['ENTRYPOINT ["/nodejs/bin/node","/client.mjs"]']);
    await this.#archive(name);
  }

  async pause(): Promise<void> {
    const source = join(this.#folder, 'pause.c');
    const binary = join(this.#folder, 'pause');
    await writeFile(source, PAUSE_C);
    await run('gcc', ['-O2', '-static', '-o', binary, source]);
    await this.program(PAUSE, binary, '/pause');
  }

  async #emptyRoot(name: string): Promise<string> {
    const root = join(this.#folder, 'roots', name);
    await rm(root, { recursive: true, force: true });
    for (const folder of [
      'etc/ssl/certs',
      'tmp',
      'home/nonroot',
      'root',
      'bin',
      'usr/local/bin',
      'var',
      'run',
    ])
      await mkdir(join(root, folder), { recursive: true });
    await chmod(join(root, 'tmp'), 0o1777);
    await cp(CERTIFICATES, join(root, CERTIFICATES));
    await writeFile(join(root, 'etc', 'passwd'), PASSWD);
    await writeFile(join(root, 'etc', 'group'), GROUP);
    await writeFile(join(root, 'etc', 'nsswitch.conf'), 'hosts: files dns\n');
    return root;
  }

  async #program(root: string, file: string, at: string): Promise<void> {
    await mkdir(dirname(join(root, at)), { recursive: true });
    await cp(file, join(root, at), { dereference: true });
    for (const library of await librariesOf(file)) {
      await mkdir(dirname(join(root, library)), { recursive: true });
      await cp(library, join(root, library), { dereference: true });
    }
  }

  /** @param named - flags. */
  async #build(named: readonly string[], root: string, lines: readonly string[]): Promise<void> {
    const file = join(this.#folder, 'Dockerfile');
    await writeFile(file, ['FROM scratch', 'COPY . /', ...lines, ''].join('\n'));
    await this.#buildah('bud', '--layers', '-q', ...named, '-f', file, root);
  }

  async #archive(name: string): Promise<void> {
    const file = join(this.#folder, `image-${this.#archives.length}.tar`);
    await this.#buildah('push', '-q', name, `oci-archive:${file}:${fullName(name)}`);
    this.#archives.push(file);
  }

  async #buildah(...args: readonly string[]): Promise<string> {
    return run('buildah', args, await this.#env());
  }

  /** For buildah, whoever calls it: a store of its own, and a build without a container of a container. */
  async #env(): Promise<Readonly<Record<string, string>>> {
    const file = join(this.#folder, 'storage.conf');
    const [root, working] = [join(this.#cache, 'buildah'), join(this.#folder, 'buildah')];
    const lines = ['[storage]', 'driver = "overlay"', `graphroot = "${root}"`, `runroot = "${working}"`, ''];
    await writeFile(file, lines.join('\n'));
    return { CONTAINERS_STORAGE_CONF: file, BUILDAH_ISOLATION: 'chroot' };
  }
}

/** Where npm's registry is reached through a proxy that has a CA of its own, the build has to know that CA too. */
function caBundle(): readonly string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  return file === undefined ? [] : [`--secret=id=ca-bundle,src=${file}`];
}

async function npmFolder(): Promise<string> {
  return join((await run('npm', ['root', '-g'])).trim(), 'npm');
}

/** Shared libraries of a program; none of one that is linked statically. */
async function librariesOf(file: string): Promise<readonly string[]> {
  const { code, stdout } = await runToEnd({ name: 'ldd', command: 'ldd', args: [file], timeoutMs: 10_000 });
  if (code !== 0) return [];
  return [...new Set([...stdout.matchAll(/(\/\S+\.so\S*)/g)].map(([, path = '']) => path))];
}

async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const name = `${command} ${args.join(' ')}`;
  const { code, stdout, stderr } = await runToEnd({ name, command, args, env, timeoutMs: BUILD_MS });
  if (code !== 0) throw new Error(`${name}: ${code}\n${stderr.slice(-3000)}`);
  return stdout;
}

/** As container runtimes complete a name without a registry. */
export function fullName(name: string): string {
  return name.includes('/') ? name : `docker.io/library/${name}`;
}
