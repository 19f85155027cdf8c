/**
 * The programs the suite needs: etcd, kube-apiserver and kubectl (from KUBEBUILDER_ASSETS, else built
 * from the Go modules in go/), the client-go informer, MetalLB speakers and Helm (always built). Builds go
 * to a cache folder outside the tree, under a key of the modules and the Go version, and happen once.
 */

import { createHash } from 'node:crypto';
import { access, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative, resolve } from 'node:path';

import { timedBuild } from './build-time.ts';
import { runToEnd } from '../support/child.ts';
import { parseJson, textAt } from '../support/json-value.ts';

export type ConsumerName = 'prometheus' | 'metadata' | 'kube-state-metrics' | 'traefik';

export interface Assets {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
  readonly informer: string;
  readonly writer: string;
  readonly speaker: string;
  /** Folder of the CRDs of the speaker's release. */
  readonly speakerCrds: string;
  /** Built when a scenario asks for it. */
  readonly helm: () => Promise<string>;
  /** Helm 3; built when a scenario asks for it. */
  readonly helm3: () => Promise<string>;
  /** The program by itself; built when a scenario asks for it. */
  readonly kustomize: () => Promise<string>;
  /** Built when a scenario asks for it. */
  readonly promtool: () => Promise<string>;
  /** Built when a scenario asks for it. */
  readonly actionlint: () => Promise<string>;
  /** The class path of the informer of fabric8; fetched when a scenario asks for it. */
  readonly fabric8: () => Promise<string>;
  /** A program in go/ around what another project reads Nodes with; built when a scenario asks for it. */
  readonly consumer: (name: ConsumerName) => Promise<string>;
  /** A watcher of kube-rs, in rust/; built when a scenario asks for it. */
  readonly kubeRs: () => Promise<string>;
  /** The speaker of another release, as `v0.16.1`; built when a scenario asks for it. */
  readonly speakerOf: (version: string) => Promise<string>;
  /** The unpacked sources of a Go module; read only. */
  readonly moduleFolder: (module: string, version: string) => Promise<string>;
}

export type ControlPlane = Pick<Assets, 'etcd' | 'kubeApiserver' | 'kubectl'>;

/** The suite cannot run here, and the message says why and what to do. */
export class AssetsUnavailable extends Error {
  override readonly name = 'AssetsUnavailable';
}

const GO_MODULES = join(import.meta.dirname, 'go');
/** Programs of one source file each, which the JDK compiles as it starts them, and the libraries they name. */
export const JAVA_PROGRAMS = join(import.meta.dirname, 'java');
const RUST_PROGRAMS = join(import.meta.dirname, 'rust');
export const KUBERNETES_LDFLAGS = ['gitVersion=v1.37.2', 'gitMajor=1', 'gitMinor=37']
  .map((setting) => `-X k8s.io/component-base/version.${setting}`)
  .join(' ');
export const METALLB = 'go.universe.tf/metallb';
/** The last release whose speaker reconciles on every heartbeat. */
const METALLB_VERSION = 'v0.14.5';
const HELM = 'helm.sh/helm/v4/cmd/helm';
const HELM_VERSION = 'v4.3.1';
const HELM_3 = 'helm.sh/helm/v3/cmd/helm';
const HELM_3_VERSION = 'v3.22.0';
const KUSTOMIZE = 'sigs.k8s.io/kustomize/kustomize/v5';
/** Not the one in kubectl, but some releases older: what both render alike, those between will too. */
const KUSTOMIZE_VERSION = 'v5.4.3';
const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint';
const ACTIONLINT_VERSION = 'v1.7.12';
const PROMTOOL = 'github.com/prometheus/prometheus/cmd/promtool';
const PROMTOOL_VERSION = 'v0.316.0';
/** Rules need none of the service discoveries, which bring every cloud's libraries with them. */
const PROMTOOL_TAGS = 'remove_all_sd';
const BUILD_TIMEOUT_MS = 30 * 60_000;

export async function findAssets(say: (text: string) => void): Promise<Assets> {
  const builder = await Builder.create(say);
  return {
    ...(await controlPlane(builder)),
    informer: await builder.build({ module: 'informer', name: 'informer', minutes: 2 }),
    writer: await builder.build({ module: 'writer', name: 'writer', minutes: 2 }),
    speaker: await builder.install(`${METALLB}/speaker`, METALLB_VERSION, 'speaker'),
    speakerCrds: join(await builder.moduleFolder(METALLB, METALLB_VERSION), 'config', 'crd', 'bases'),
    helm: () => builder.install(HELM, HELM_VERSION, 'helm'),
    helm3: () => builder.install(HELM_3, HELM_3_VERSION, 'helm'),
    kustomize: () => builder.install(KUSTOMIZE, KUSTOMIZE_VERSION, 'kustomize'),
    actionlint: () => builder.install(ACTIONLINT, ACTIONLINT_VERSION, 'actionlint'),
    promtool: () => builder.install(PROMTOOL, PROMTOOL_VERSION, 'promtool', PROMTOOL_TAGS),
    fabric8: () => builder.fetchJars('fabric8'),
    consumer: (name) => builder.build({ module: name, name, minutes: 10 }),
    kubeRs: () => builder.buildRust('metadata'),
    speakerOf: (version) => builder.install(`${METALLB}/speaker`, version, 'speaker'),
    moduleFolder: (module, version) => builder.moduleFolder(module, version),
  };
}

/** For those who need no more than that. */
export async function findControlPlane(say: (text: string) => void): Promise<ControlPlane> {
  return controlPlane(await Builder.create(say));
}

function controlPlane(builder: Builder): Promise<ControlPlane> {
  const given = process.env['KUBEBUILDER_ASSETS'];
  return given === undefined || given === '' ? buildControlPlane(builder) : takeControlPlane(given);
}

async function buildControlPlane(builder: Builder): Promise<ControlPlane> {
  const kubernetes = { module: 'kubernetes', ldflags: KUBERNETES_LDFLAGS };
  return {
    kubeApiserver: await builder.build({
      ...kubernetes,
      package: './cmd/kube-apiserver',
      name: 'kube-apiserver',
      minutes: 11,
    }),
    kubectl: await builder.build({ ...kubernetes, package: './cmd/kubectl', name: 'kubectl', minutes: 2 }),
    etcd: await builder.build({ module: 'etcd', name: 'etcd', minutes: 2 }),
  };
}

async function takeControlPlane(folder: string): Promise<ControlPlane> {
  const found = {
    etcd: join(folder, 'etcd'),
    kubeApiserver: join(folder, 'kube-apiserver'),
    kubectl: join(folder, 'kubectl'),
  };
  for (const file of Object.values(found)) {
    if (!(await exists(file)))
      throw new AssetsUnavailable(`KUBEBUILDER_ASSETS is set, but ${file} does not exist`);
  }
  return found;
}

export interface Build {
  /** Folder, below go/ unless it is absolute. */
  readonly module: string;
  readonly package?: string;
  readonly name: string;
  readonly ldflags?: string;
  /** How long it may take on a cold build cache. */
  readonly minutes: number;
}

/** Builds Go programs into the cache. */
export class Builder {
  readonly #cache: string;
  readonly #goVersion: string;
  readonly #say: (text: string) => void;

  private constructor(cache: string, goVersion: string, say: (text: string) => void) {
    this.#cache = cache;
    this.#goVersion = goVersion;
    this.#say = say;
  }

  static async create(say: (text: string) => void): Promise<Builder> {
    const cacheHome = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
    const cache = process.env['WATCHSIEVE_E2E_CACHE'] ?? join(cacheHome, 'watchsieve-e2e');
    await mkdir(cache, { recursive: true });
    const go = await runToEnd({ name: 'go', command: 'go', args: ['version'], timeoutMs: 60_000 });
    if (go.code !== 0) {
      throw new AssetsUnavailable(
        'no working `go` command on PATH: informer, writer and speaker are built with Go 1.26',
      );
    }
    return new Builder(cache, go.stdout, say);
  }

  /** As `1.26.0`. */
  get goVersion(): string {
    return /\d+\.\d+(?:\.\d+)?/.exec(this.#goVersion)?.[0] ?? 'unknown';
  }

  async build(build: Build): Promise<string> {
    const source = resolve(GO_MODULES, build.module);
    const folder = join(this.#cache, await this.#keyOf(source));
    return this.#once(folder, build.name, build.minutes, async (target) => {
      const ldflags = `-s -w ${build.ldflags ?? ''}`.trim();
      await this.#go(source, [
        'build',
        '-buildvcs=false',
        '-ldflags',
        ldflags,
        '-o',
        target,
        build.package ?? '.',
      ]);
    });
  }

  /** Minutes that building these may take at most; none for what is there. */
  async minutesFor(builds: readonly Build[]): Promise<number> {
    let minutes = 0;
    for (const build of builds) {
      const folder = join(this.#cache, await this.#keyOf(resolve(GO_MODULES, build.module)));
      if (!(await exists(join(folder, build.name)))) minutes += build.minutes;
    }
    return minutes;
  }

  async install(packagePath: string, version: string, name: string, tags = ''): Promise<string> {
    const source = `${packagePath}@${version}`;
    const key = createHash('sha256').update(`${this.#goVersion}\n${source}${tags}`).digest('hex');
    const folder = join(this.#cache, key.slice(0, 16));
    return this.#once(folder, name, 3, async (target) => {
      const bin = `${target}.d`;
      await this.#go(folder, ['install', '-tags', tags, source], { GOBIN: bin });
      await rename(join(bin, name), target);
      await rm(bin, { recursive: true });
    });
  }

  /** A program in rust/, with the crates that its lockfile names. */
  async buildRust(program: string): Promise<string> {
    const source = join(RUST_PROGRAMS, program);
    const folder = join(this.#cache, await this.#keyOf(source));
    return this.#once(folder, program, 5, async (target) => {
      const built = `${target}.d`;
      const result = await runToEnd({
        name: 'cargo',
        command: 'cargo',
        args: [
          ...['build', '--release', '--locked', '--quiet', '--target-dir', built],
          ...['--manifest-path', join(source, 'Cargo.toml')],
        ],
        timeoutMs: BUILD_TIMEOUT_MS,
      });
      if (result.code !== 0)
        throw new AssetsUnavailable(`\`cargo\` failed (${result.code}):\n${result.stderr.slice(-2000)}`);
      await rename(join(built, 'release', program), target);
      await rm(built, { recursive: true });
    });
  }

  /** The libraries of a program in java/, as its pom.xml names them. @returns a class path */
  async fetchJars(program: string): Promise<string> {
    const source = join(JAVA_PROGRAMS, program);
    const folder = join(this.#cache, await this.#keyOf(source));
    const jars = await this.#once(folder, 'jars', 5, async (target) => {
      const result = await runToEnd({
        name: 'mvn',
        command: 'mvn',
        args: [
          ...['--batch-mode', '--quiet', '--file', join(source, 'pom.xml')],
          ...['dependency:copy-dependencies', `-DoutputDirectory=${target}`],
        ],
        timeoutMs: BUILD_TIMEOUT_MS,
      });
      if (result.code !== 0)
        throw new AssetsUnavailable(`\`mvn\` failed (${result.code}):\n${result.stdout.slice(-2000)}`);
    });
    return join(jars, '*');
  }

  /** Where Go keeps the unpacked sources of a module. */
  async moduleFolder(module: string, version: string): Promise<string> {
    const output = await this.#go(this.#cache, ['mod', 'download', '-json', `${module}@${version}`]);
    return textAt(parseJson(output), 'Dir');
  }

  async #once(folder: string, name: string, minutes: number, make: (target: string) => Promise<void>) {
    const file = join(folder, name);
    if (await exists(file)) return file;
    this.#say(`building ${name} into ${folder}, once: up to ${minutes} minutes on a cold build cache`);
    await mkdir(folder, { recursive: true });
    // Renamed only when whole: an interrupted build leaves nothing that looks finished.
    const unfinished = join(folder, `${name}.${process.pid}`);
    await timedBuild(() => make(unfinished));
    await rename(unfinished, file);
    return file;
  }

  async #keyOf(source: string): Promise<string> {
    const hash = createHash('sha256').update(this.#goVersion);
    const entries = await readdir(source, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort())
      hash.update(`\n${relative(source, file)}\n`).update(await readFile(file));
    return hash.digest('hex').slice(0, 16);
  }

  async #go(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const result = await runToEnd({
      name: 'go',
      command: 'go',
      args: ['-C', cwd, ...args],
      env,
      timeoutMs: BUILD_TIMEOUT_MS,
    });
    if (result.code !== 0) {
      const lines = result.stderr.split('\n').slice(-15).join('\n');
      throw new AssetsUnavailable(`\`go ${args.join(' ')}\` failed (${result.code}):\n${lines}`);
    }
    return result.stdout;
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
