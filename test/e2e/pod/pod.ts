/**
 * One Pod of a rendered DaemonSet, run as a kubelet would: volumes, environment, init containers in their
 * order with their startup probes, then the containers. What the kubelet and the controllers would put into
 * volumes is put there.
 */

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Child } from '../../support/child.ts';
import { entriesAt, listAt, numberAt, textAt, valueAt } from '../../support/json-value.ts';
import type { Rendering } from '../rendering.ts';
import { startContainer } from './container.ts';
import type { Image, Mount } from './container.ts';
import { NODE_IP, SERVICE_IP } from './network.ts';
import type { PodNetwork } from './network.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const INIT_TIMEOUT_MS = 60_000;

export interface PodOptions {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  /** Of the Pod template. */
  readonly spec: unknown;
  /** For the ConfigMaps that its volumes name. */
  readonly rendering: Rendering;
  /** By container. */
  readonly images: Readonly<Record<string, Image>>;
  readonly network: PodNetwork;
  /** An existing one, for volumes and roots. */
  readonly folder: string;
  /** PEM, of the API server. */
  readonly ca: string;
  /** Of the service account. */
  readonly token: string;
}

export class Pod {
  readonly #options: PodOptions;
  /** Folders on this machine by volume. */
  readonly #volumes: ReadonlyMap<string, string>;
  readonly #running = new Map<string, Child>();

  private constructor(options: PodOptions, volumes: ReadonlyMap<string, string>) {
    this.#options = options;
    this.#volumes = volumes;
  }

  /** Only its volumes; nothing runs yet. */
  static async create(options: PodOptions): Promise<Pod> {
    const volumes = new Map([[SERVICE_ACCOUNT, await serviceAccountVolume(options)]]);
    for (const volume of listAt(options.spec, 'volumes')) {
      volumes.set(textAt(volume, 'name'), await makeVolume(options, volume));
    }
    return new Pod(options, volumes);
  }

  /** The folder behind a volume. */
  volume(name: string): string {
    const folder = this.#volumes.get(name);
    if (folder === undefined) throw new Error(`no volume ${name}`);
    return folder;
  }

  /** The running process of a container. */
  child(name: string): Child {
    const child = this.#running.get(name);
    if (child === undefined) throw new Error(`${name} does not run`);
    return child;
  }

  /** @returns the names of the containers in the order of their starts. */
  async start(): Promise<readonly string[]> {
    const started: string[] = [];
    for (const container of listAt(this.#options.spec, 'initContainers')) {
      const name = textAt(container, 'name');
      started.push(name);
      if (valueAt(container, 'restartPolicy') === 'Always') await this.startContainer(name);
      else await this.runInit(name);
    }
    for (const container of listAt(this.#options.spec, 'containers')) {
      const name = textAt(container, 'name');
      started.push(name);
      await this.startContainer(name);
    }
    return started;
  }

  /** To its end. @throws unless that is 0. */
  async runInit(name: string): Promise<void> {
    const child = await this.run(name);
    const timer = setTimeout(() => {
      child.signal('SIGKILL');
    }, INIT_TIMEOUT_MS);
    const code = await child.exited;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`${name} ended with ${code}:\n${child.stderr.lines.join('\n')}`);
  }

  /** For the first time or again, over the same volumes; resolves when its startup probe, if any, is content. */
  async startContainer(name: string): Promise<Child> {
    const child = await this.run(name);
    this.#running.set(name, child);
    const probe = valueAt(this.#container(name), 'startupProbe');
    if (probe !== undefined) await this.#awaitProbe(probe, child);
    return child;
  }

  /** As the kubelet ends it. @returns the exit code or signal, and how long it took. */
  async stopContainer(
    name: string,
  ): Promise<{ readonly code: number | NodeJS.Signals; readonly ms: number }> {
    const started = performance.now();
    const code = await this.child(name).stop(10_000);
    return { code, ms: performance.now() - started };
  }

  /** In `name`'s place: its root, mounts, user and environment, with this command if there is one. */
  async run(
    name: string,
    override?: { readonly image: Image; readonly args: readonly string[] },
  ): Promise<Child> {
    const { images, network, folder } = this.#options;
    const spec = this.#container(name);
    const image = override?.image ?? images[name];
    if (image === undefined) throw new Error(`no image for ${name}`);
    const mounts = this.#mounts(spec);
    await makeNestedMountpoints(mounts);
    return startContainer({
      name,
      image,
      spec: override === undefined ? spec : { ...Object.fromEntries(entriesAt(spec)), args: override.args },
      env: this.#environment(spec),
      mounts,
      network: network.name,
      root: await mkdtemp(join(folder, `root-${name}-`)),
    });
  }

  /** What those containers wrote to stderr that have ended. */
  lastWords(): string {
    const ended = [...this.#running].filter(([, child]) => child.hasExited);
    return ended.flatMap(([name, { stderr }]) => [`${name}:`, ...stderr.lines.slice(-10)]).join('\n');
  }

  async kill(): Promise<void> {
    for (const child of this.#running.values()) child.signal('SIGKILL');
    await Promise.all([...this.#running.values()].map((child) => child.exited));
  }

  async #awaitProbe(probe: unknown, child: Child): Promise<void> {
    const host = textAt(probe, 'httpGet', 'host');
    const url = `http://${host}:${numberAt(probe, 'httpGet', 'port')}${textAt(probe, 'httpGet', 'path')}`;
    let status = 0;
    for (let failures = 0; failures < numberAt(probe, 'failureThreshold'); failures++) {
      ({ status } = await this.#options.network.get(url));
      if (status >= 200 && status < 400) return;
      if (child.hasExited) break;
      await delay(numberAt(probe, 'periodSeconds') * 1000);
    }
    const words = [...child.stdout.lines, ...child.stderr.lines].slice(-15).join('\n');
    throw new Error(`the startup probe ${url} is not content: ${status}\n${words}`);
  }

  #container(name: string): unknown {
    const { spec } = this.#options;
    const all = [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')];
    const found = all.find((container) => valueAt(container, 'name') === name);
    if (found === undefined) throw new Error(`no container ${name}`);
    return found;
  }

  #environment(container: unknown): Readonly<Record<string, string>> {
    const env: Record<string, string> = {
      KUBERNETES_SERVICE_HOST: SERVICE_IP,
      KUBERNETES_SERVICE_PORT: '443',
    };
    for (const variable of listAt(container, 'env')) {
      const text =
        valueAt(variable, 'valueFrom') === undefined
          ? textAt(variable, 'value')
          : this.#field(textAt(variable, 'valueFrom', 'fieldRef', 'fieldPath'));
      env[textAt(variable, 'name')] = text.replaceAll(/\$\((\w+)\)/g, (_, name: string) => env[name] ?? '');
    }
    return env;
  }

  #field(path: string): string {
    const { namespace, name, node } = this.#options;
    const fields: Readonly<Record<string, string>> = {
      'metadata.name': name,
      'metadata.namespace': namespace,
      'spec.nodeName': node,
      'status.hostIP': NODE_IP,
      'status.podIP': NODE_IP,
    };
    const value = fields[path];
    if (value === undefined) throw new Error(`no field ${path}`);
    return value;
  }

  #mounts(container: unknown): readonly Mount[] {
    const mounts = listAt(container, 'volumeMounts').map((mount) => ({
      from: this.volume(textAt(mount, 'name')),
      mountPath: textAt(mount, 'mountPath'),
      readOnly: valueAt(mount, 'readOnly') === true,
    }));
    // The admission plugin does the same: only where nothing is mounted at that path.
    if (mounts.some(({ mountPath }) => mountPath === SERVICE_ACCOUNT)) return mounts;
    return [...mounts, { from: this.volume(SERVICE_ACCOUNT), mountPath: SERVICE_ACCOUNT, readOnly: true }];
  }
}

/** As the kubelet does: a volume that is mounted inside a read-only one finds no folder there otherwise. */
async function makeNestedMountpoints(mounts: readonly Mount[]): Promise<void> {
  for (const outer of mounts) {
    for (const { mountPath } of mounts) {
      const inside = relative(outer.mountPath, mountPath);
      if (inside !== '' && !inside.startsWith('..'))
        await mkdir(join(outer.from, inside), { recursive: true });
    }
  }
}

async function serviceAccountVolume({ folder, ca, token, namespace }: PodOptions): Promise<string> {
  const volume = await mkdtemp(join(folder, 'token-'));
  await chmod(volume, 0o755);
  await writeFiles(volume, { 'ca.crt': ca, token, namespace });
  return volume;
}

async function makeVolume(options: PodOptions, volume: unknown): Promise<string> {
  const folder = join(options.folder, `volume-${textAt(volume, 'name')}`);
  await mkdir(folder);
  const isEmptyDir = valueAt(volume, 'emptyDir') !== undefined;
  // As the kubelet makes it: whatever user a container has, it can write there.
  await chmod(folder, isEmptyDir ? 0o777 : 0o755);
  if (!isEmptyDir) await writeFiles(folder, contentOf(options, volume), modeOf(volume));
  return folder;
}

function contentOf(options: PodOptions, volume: unknown): Readonly<Record<string, string>> {
  // MetalLB's controller makes this one.
  if (valueAt(volume, 'secret') !== undefined) return { secretkey: randomBytes(96).toString('base64') };
  const projected = listAt(volume, 'projected', 'sources');
  const sources =
    projected.length > 0
      ? projected.map((source) => valueAt(source, 'configMap'))
      : [valueAt(volume, 'configMap')];
  return Object.fromEntries(sources.flatMap((source) => configMapEntries(options, source)));
}

function configMapEntries(options: PodOptions, source: unknown): readonly (readonly [string, string])[] {
  const name = textAt(source, 'name');
  const data: Readonly<Record<string, unknown>> =
    name === 'kube-root-ca.crt'
      ? { 'ca.crt': options.ca }
      : Object.fromEntries(
          entriesAt(options.rendering.get(`ConfigMap/${options.namespace}/${name}`), 'data'),
        );
  if (Object.keys(data).length === 0 && valueAt(source, 'optional') !== true)
    throw new Error(`no ConfigMap ${name}`);
  const items = listAt(source, 'items');
  const entries = items.length === 0 ? Object.entries(data) : items.map((item) => itemOf(data, item));
  return entries.map(([path, text]) => [path, String(text)]);
}

function itemOf(data: Readonly<Record<string, unknown>>, item: unknown): readonly [string, unknown] {
  return [textAt(item, 'path'), data[textAt(item, 'key')]];
}

function modeOf(volume: unknown): number {
  const mode = valueAt(volume, 'secret', 'defaultMode') ?? valueAt(volume, 'configMap', 'defaultMode');
  return typeof mode === 'number' ? mode : 0o644;
}

async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  mode = 0o644,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), mode);
  }
}
