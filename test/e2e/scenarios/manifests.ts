/**
 * The manifests (R34) with every flavour of MetalLB that they are made for: rendered with and without the
 * components they differ by the sidecar alone, and a real API server takes the result. Helm's chart the
 * same, by the post-renderer. Nothing is created: server-side dry runs only.
 */

import assert from 'node:assert/strict';
import { appendFile, cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { stringify } from 'yaml';

import { installMetallb } from '../metallb.ts';
import { chartOf, copyConfig, RELEASES } from '../metallb-releases.ts';
import type { Flavour, Release } from '../metallb-releases.ts';
import { helm3In, helm4In, helmValues, ORDINARY, proveFinding, WITH_SIDECAR } from '../post-renderer.ts';
import { kustomize, overlayWith, parseRendering, run } from '../rendering.ts';
import type { Rendering } from '../rendering.ts';
import { entriesAt, listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import { copyManifests, IMAGE } from '../../support/named-manifests.ts';
import { withSidecar } from '../../support/sidecar-shape.ts';
import type { Side, SidecarShape } from '../../support/sidecar-shape.ts';
import type { Rig, Scenario } from './scenario.ts';

/** Those whose flavour frr-k8s brings a daemon with a container of this name. */
const OLD_DAEMON = new Set(['v0.14.5', 'v0.14.9', 'v0.15.2']);
const VARIANTS = ['native', 'ordinary'] as const;
type Variant = (typeof VARIANTS)[number];

/** The lines of docs/install.md that say other resources. */
async function documentedResources(): Promise<string> {
  const text = await readFile(new URL('../../../docs/install.md', import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/```yaml\n(patches:\n[^`]*)```/g)].map(([, block = '']) => block);
  const [block] = blocks.filter((each) => each.includes('name: watchsieve'));
  return block ?? assert.fail('docs/install.md shows no such patch');
}

export const manifestsScenario: Scenario = { title: 'manifests', run: (rig) => Manifests.prove(rig) };

class Manifests {
  readonly #rig: Rig;
  /** Holds a copy of manifests/ and of every release's own, side by side. */
  readonly #folder: string;
  readonly #kubeconfig: string;

  private constructor(rig: Rig, folder: string, kubeconfig: string) {
    this.#rig = rig;
    this.#folder = folder;
    this.#kubeconfig = kubeconfig;
  }

  static async prove(rig: Rig): Promise<void> {
    const folder = await mkdtemp(join(rig.cluster.folder, 'manifests-'));
    const kubeconfig = await rig.cluster.writeKubeconfig('manifests.kubeconfig', 'admin');
    await installMetallb(rig, kubeconfig);
    copyManifests(folder);
    const manifests = new Manifests(rig, folder, kubeconfig);
    for (const release of RELEASES) await manifests.#proveKustomize(release);
    await manifests.#proveOverlays();
    await manifests.#proveResources();
    await manifests.#provePatches();
    await manifests.#proveHelm();
  }

  async #proveKustomize(release: Release): Promise<void> {
    const { report, assets } = this.#rig;
    const { version } = release;
    const config = await copyConfig(assets, version, this.#folder);
    const standalone = await assets.kustomize();
    for (const flavour of release.flavours) {
      const plain = parseRendering(await this.#kustomize(join(config, flavour)));
      for (const variant of VARIANTS) {
        await report.check(
          `${version} ${flavour}, ${variant}: the components add the sidecar alone, and the API server takes it (R34)`,
          async () => {
            const shapes = shapesOf({ version, flavour, variant });
            const overlay = await overlayWith({
              folder: this.#folder,
              base: join(config, flavour),
              components: componentsOf(shapes, variant),
            });
            const text = await this.#kustomize(overlay);
            const patched = parseRendering(text);
            assertSidecarOnly(plain, patched, shapes);
            assertTheSame(
              parseRendering(await run({ command: standalone, args: ['build', overlay] })),
              patched,
            );
            await this.#assertTakenOut(plain, text);
            await this.#assertAccepted(changed(plain, patched));
          },
        );
      }
    }
  }

  /** `uninject` knows what others than `inject` have added, and leaves nothing of it (R44). */
  async #assertTakenOut(plain: Rendering, text: string): Promise<void> {
    const file = join(await mkdtemp(join(this.#folder, 'uninject-')), 'rendered.yaml');
    await writeFile(file, text);
    const args = [this.#rig.program, 'uninject', file];
    assertTheSame(parseRendering(await run({ command: process.execPath, args })), plain);
  }

  /** The overlays as they are, but for the line that names MetalLB's base. */
  async #proveOverlays(): Promise<void> {
    const newest = RELEASES.at(-1);
    assert.ok(newest);
    const { version, flavours } = newest;
    for (const flavour of flavours) {
      await this.#rig.report.check(`the overlay ${flavour} is those components, whole (R34)`, async () => {
        const folder = join(this.#folder, 'manifests', 'overlays', flavour);
        const file = join(folder, 'kustomization.yaml');
        const text = await readFile(file, 'utf8');
        const line = `github.com/metallb/metallb/config/${flavour}?ref=`;
        assert.equal(text.split(line).length, 2);
        const base = join(this.#folder, `metallb-${version}`, flavour);
        await writeFile(file, text.replace(new RegExp(`${escaped(line)}\\S+`), relative(folder, base)));
        const shapes = shapesOf({ version, flavour, variant: 'native' });
        const rendered = await this.#kustomize(folder);
        assertSidecarOnly(parseRendering(await this.#kustomize(base)), parseRendering(rendered), shapes);
        await this.#assertAccepted(rendered);
      });
    }
  }

  /** The patch of docs/install.md, beside each component that it may stand beside. */
  async #proveResources(): Promise<void> {
    const patch = await documentedResources();
    await this.#rig.report.check(
      "a patch beside the components changes the sidecar's resources alone (R34)",
      async () => {
        const overlayOf = async () =>
          overlayWith({
            folder: this.#folder,
            base: join(this.#folder, 'metallb-v0.16.1', 'frr-k8s'),
            components: ['sidecar', 'frr-k8s'],
          });
        const told = await overlayOf();
        await appendFile(join(told, 'kustomization.yaml'), patch);
        const [plain, patched] = [await this.#kustomize(await overlayOf()), await this.#kustomize(told)];
        const identity = 'DaemonSet/metallb-system/speaker';
        const sidecar = (text: string) =>
          listAt(parseRendering(text).get(identity), 'spec', 'template', 'spec', 'initContainers').find(
            (each) => valueAt(each, 'name') === 'watchsieve',
          );
        assert.deepEqual(valueAt(sidecar(patched), 'resources'), {
          requests: { cpu: '100m', memory: '128Mi' },
          limits: { cpu: '500m', memory: '200Mi' },
        });
        const before = JSON.stringify(sidecar(plain));
        const after = JSON.stringify({
          ...Object(sidecar(patched)),
          resources: valueAt(sidecar(plain), 'resources'),
        });
        assert.deepEqual(parseJson(after), parseJson(before));
        await this.#assertAccepted(patched);
      },
    );
  }

  /** As a Kustomization of Flux takes them: no component, but patches. */
  async #provePatches(): Promise<void> {
    await this.#rig.report.check(
      'the files of manifests/ssa are patches to kustomize too (R34)',
      async () => {
        const base = join(this.#folder, 'metallb-v0.16.1', 'frr-k8s');
        const folder = await overlayWith({ folder: this.#folder, base, components: [] });
        const file = join(folder, 'kustomization.yaml');
        const patches = ['speaker-sidecar.yaml', 'frr-k8s-sidecar.yaml'].map(async (name) => {
          await cp(join(this.#folder, 'manifests', 'ssa', name), join(folder, name));
          return { path: name };
        });
        await appendFile(file, stringify({ patches: await Promise.all(patches) }));
        const rendered = parseRendering(await this.#kustomize(folder));
        const plain = parseRendering(await this.#kustomize(base));
        for (const identity of ['speaker', 'frr-k8s-daemon'].map(
          (name) => `DaemonSet/metallb-system/${name}`,
        ))
          assert.match(JSON.stringify(rendered.get(identity)), WITH_SIDECAR, identity);
        const patched = changed(plain, rendered);
        assert.equal(patched.length, 2);
        await this.#assertAccepted(patched);
      },
    );
  }

  async #proveHelm(): Promise<void> {
    const { report, assets } = this.#rig;
    const helm = await helm4In(assets, this.#folder);
    for (const release of RELEASES) {
      const { version } = release;
      const chart = await chartOf(assets, version);
      for (const flavour of release.flavours) {
        const values = helmValues(flavour, version);
        const template = ['template', 'lb', chart, '--namespace=metallb-system', ...values];
        const text = await helm.run(...template);
        await this.#proveInject(`Helm chart ${version} ${flavour}`, text, flavour);
        const plain = asPostRendered(parseRendering(text));
        for (const variant of VARIANTS) {
          await report.check(
            `Helm chart ${version} ${flavour}, ${variant}: the post-renderer adds the sidecar alone, and the API server takes it (R34)`,
            async () => {
              const ordinary = flavour === 'frr-k8s' ? ORDINARY : ORDINARY.slice(0, 1);
              const components = variant === 'native' ? [] : ordinary;
              const args = components.map((component) => `--post-renderer-args=${component}`);
              const rendered = await helm.run(...template, '--post-renderer=watchsieve', ...args);
              const patched = asPostRendered(parseRendering(rendered));
              const shapes = helmShapesOf(flavour, variant);
              assertSidecarOnly(plain, patched, shapes);
              await this.#assertAccepted(changed(plain, patched));
            },
          );
        }
      }
    }
    for (const each of [helm, await helm3In(assets, this.#folder)]) await proveFinding(this.#rig, each);
  }

  /** As a filter, which is all that a post-renderer is. It names a default container wherever there is none. */
  async #proveInject(title: string, text: string, flavour: Flavour): Promise<void> {
    const plain = withoutNulls(parseRendering(text));
    const file = join(await mkdtemp(join(this.#folder, 'inject-')), 'rendered.yaml');
    await writeFile(file, text);
    for (const variant of VARIANTS) {
      await this.#rig.report.check(
        `${title}, ${variant}: \`inject -\` adds the same sidecar alone, and the API server takes it (R34, R44)`,
        async () => {
          const filter = [process.execPath, this.#rig.program, 'inject', `--image=${IMAGE}`];
          filter.push(`--variant=${variant}`, '-');
          const args = ['-c', 'file=$1; shift; exec "$@" <"$file"', 'sh', file, ...filter];
          const rendered = parseRendering(await run({ command: 'sh', args }));
          const shapes = new Map(
            [...helmShapesOf(flavour, variant)].map(
              ([identity, shape]) =>
                [identity, { ...shape, annotated: !isAnnotated(plain, identity) }] as const,
            ),
          );
          assertSidecarOnly(plain, withoutNulls(withoutMarks(rendered)), shapes, 'front');
          await this.#assertAccepted([...shapes.keys()].map((identity) => rendered.get(identity)));
        },
      );
    }
  }

  #kustomize(folder: string): Promise<string> {
    return kustomize(this.#rig.assets.kubectl, folder);
  }

  /** Created for nobody: a dry run on the server, with every field known to it, and none dropped. */
  async #assertAccepted(objects: readonly unknown[] | string): Promise<void> {
    const file = join(await mkdtemp(join(this.#folder, 'apply-')), 'objects.yaml');
    const text =
      typeof objects === 'string' ? objects : objects.map((object) => stringify(object)).join('---\n');
    await writeFile(file, text);
    const output = await run({
      command: this.#rig.assets.kubectl,
      args: [
        ...[`--kubeconfig=${this.#kubeconfig}`, `--cache-dir=${join(this.#folder, 'kubectl')}`],
        ...['apply', '--dry-run=server', '--validate=strict', '--output=json', '-f', file],
      ],
    });
    const answer = parseJson(output);
    const accepted = valueAt(answer, 'kind') === 'List' ? listAt(answer, 'items') : [answer];
    const daemonSets = accepted.filter((object) => valueAt(object, 'kind') === 'DaemonSet');
    assert.ok(daemonSets.length > 0);
    for (const daemonSet of daemonSets) assertSidecarKept(daemonSet);
  }
}

function shapesOf(options: {
  readonly version: string;
  readonly flavour: Flavour;
  readonly variant: Variant;
}): ReadonlyMap<string, SidecarShape> {
  const { version, flavour, variant } = options;
  const shapes = new Map([['DaemonSet/metallb-system/speaker', speakerShape(variant)]]);
  const container = OLD_DAEMON.has(version) ? 'frr-k8s' : 'controller';
  if (flavour === 'frr-k8s') {
    shapes.set('DaemonSet/metallb-system/frr-k8s-daemon', daemonShape(container, variant));
  }
  return shapes;
}

function helmShapesOf(flavour: Flavour, variant: Variant): ReadonlyMap<string, SidecarShape> {
  const shapes = new Map([['DaemonSet/metallb-system/lb-metallb-speaker', speakerShape(variant)]]);
  if (flavour === 'frr-k8s') {
    shapes.set('DaemonSet/metallb-system/lb-frr-k8s', daemonShape('controller', variant));
  }
  return shapes;
}

function speakerShape(variant: Variant): SidecarShape {
  return { variant, port: 17_480, preset: undefined, container: 'speaker', annotated: false, image: IMAGE };
}

function daemonShape(container: string, variant: Variant): SidecarShape {
  return { variant, port: 17_490, preset: 'labels', container, annotated: false, image: IMAGE };
}

/** As docs/install.md tells to choose them. */
function componentsOf(shapes: ReadonlyMap<string, SidecarShape>, variant: Variant): readonly string[] {
  const suffix = variant === 'ordinary' ? '-ordinary' : '';
  return [...shapes.values()].map(({ container }) => {
    if (container === 'speaker') return `sidecar${suffix}`;
    return `${container === 'controller' ? 'frr-k8s' : 'frr-k8s-until-0.0.21'}${suffix}`;
  });
}

function assertSidecarOnly(
  plain: Rendering,
  patched: Rendering,
  shapes: ReadonlyMap<string, SidecarShape>,
  side: Side = 'end',
): void {
  assert.deepEqual([...patched.keys()].sort(), [...plain.keys()].sort());
  for (const [identity, shape] of shapes) assert.ok(plain.has(identity), `${identity} ${shape.container}`);
  for (const [identity, object] of plain) {
    const shape = shapes.get(identity);
    const found = patched.get(identity);
    if (shape === undefined) assert.deepEqual(found, object, identity);
    else assert.deepEqual(found, withSidecar(object, shape, side), identity);
  }
}

function assertTheSame(rendering: Rendering, expected: Rendering): void {
  assert.deepEqual([...rendering.keys()].sort(), [...expected.keys()].sort());
  for (const [identity, object] of expected) assert.deepEqual(rendering.get(identity), object, identity);
}

function changed(plain: Rendering, patched: Rendering): readonly unknown[] {
  return [...patched]
    .filter(([identity, object]) => JSON.stringify(object) !== JSON.stringify(plain.get(identity)))
    .map(([, object]) => object);
}

/** A field that this server does not know would be gone. */
function assertSidecarKept(daemonSet: unknown): void {
  const pod = valueAt(daemonSet, 'spec', 'template', 'spec');
  const own = listAt(pod, 'initContainers').find((container) =>
    textAt(container, 'name').startsWith('watchsieve'),
  );
  const names = listAt(pod, 'containers').map((container) => textAt(container, 'name'));
  const isNative = !names.includes('watchsieve');
  assert.equal(valueAt(own, 'name'), isNative ? 'watchsieve' : 'watchsieve-init');
  assert.equal(valueAt(own, 'restartPolicy'), isNative ? 'Always' : undefined);
}

function isAnnotated(rendering: Rendering, identity: string): boolean {
  const annotations = entriesAt(rendering.get(identity), 'spec', 'template', 'metadata', 'annotations');
  return annotations.some(([key]) => key === 'kubectl.kubernetes.io/default-container');
}

/** Without the annotation by which `uninject` knows what it has to restore, and a mapping that it alone filled. */
function withoutMarks(rendering: Rendering): Rendering {
  const strip = (object: unknown): unknown => {
    const annotations = entriesAt(object, 'metadata', 'annotations');
    const others = annotations.filter(([key]) => key !== 'watchsieve.dev/injected');
    if (others.length === annotations.length) return object;
    const metadata = entriesAt(object, 'metadata').filter(([key]) => key !== 'annotations');
    const kept = others.length === 0 ? [] : [['annotations', Object.fromEntries(others)] as const];
    return { ...Object.fromEntries(entriesAt(object)), metadata: Object.fromEntries([...metadata, ...kept]) };
  };
  return new Map([...rendering].map(([identity, object]) => [identity, strip(object)] as const));
}

/** A field that is null is an absent one to the API server, and gives way where something is added. */
function withoutNulls(rendering: Rendering): Rendering {
  const same = (_key: string, value: unknown) => (value === null ? undefined : value);
  return new Map(
    [...rendering].map(([identity, object]) => [identity, parseJson(JSON.stringify(object, same))] as const),
  );
}

/**
 * What any post-renderer by kustomize changes, and no API server sees: fields that are null, as the charts
 * of frr-k8s have them, are left out; and Helm 4 loses the empty line at the end of a chart's file.
 */
function asPostRendered(rendering: Rendering): Rendering {
  const same = (_key: string, value: unknown) => {
    if (typeof value === 'string') return value.trimEnd();
    return value === null ? undefined : value;
  };
  return new Map(
    [...rendering].map(([identity, object]) => [identity, parseJson(JSON.stringify(object, same))] as const),
  );
}

function escaped(text: string): string {
  return text.replaceAll(/[.?/]/g, '\\$&');
}
