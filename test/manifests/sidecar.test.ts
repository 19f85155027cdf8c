import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { parse, parseAllDocuments } from 'yaml';

import { parseSettings } from '../../src/config/parse-settings.ts';
import { selectorsOf, withComponent } from '../support/component.ts';
import { entriesAt, listAt, textAt, valueAt } from '../support/json-value.ts';
import { sidecarPatch, withSidecar } from '../support/sidecar-shape.ts';
import type { SidecarShape } from '../support/sidecar-shape.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

/** The client, its ports and its preset: the rest is the same everywhere. */
type Client = Pick<SidecarShape, 'container' | 'port' | 'preset'>;
const speaker: Client = { port: 17_480, preset: undefined, container: 'speaker' };
const daemon: Client = { port: 17_490, preset: 'labels', container: 'controller' };
const older: Client = { ...daemon, container: 'frr-k8s' };

/** Nobody has named it yet: see image.test.ts. */
const IMAGE = '';
const NATIVE: Readonly<Record<string, Client>> = {
  sidecar: speaker,
  'frr-k8s': daemon,
  'frr-k8s-until-0.0.21': older,
};
const COMPONENTS: Readonly<Record<string, SidecarShape>> = Object.fromEntries(
  Object.entries(NATIVE).flatMap(([name, client]) => {
    const shape = (variant: SidecarShape['variant']) => ({
      ...client,
      variant,
      annotated: false,
      image: IMAGE,
    });
    return [[name, shape('native')] as const, [`${name}-ordinary`, shape('ordinary')] as const];
  }),
);

const PLAIN = { variant: 'native', annotated: false, image: IMAGE } as const;
const SSA: Readonly<Record<string, SidecarShape>> = {
  'ssa/speaker-sidecar.yaml': { ...speaker, ...PLAIN },
  'ssa/frr-k8s-sidecar.yaml': { ...daemon, ...PLAIN },
};

/** Of the manifest of a client with neighbours on both sides, and with things of its own in every list. */
function workloadOf(container: string): unknown {
  const own = { name: 'own', mountPath: '/own' };
  const client = {
    name: container,
    env: [{ name: 'OLD_KUBECONFIG', value: 'x' }],
    volumeMounts: [own],
  };
  return {
    metadata: { name: 'daemon' },
    spec: {
      template: {
        spec: {
          initContainers: [{ name: 'before' }],
          containers: [{ name: 'first' }, client, { name: `${container}-metrics` }],
          volumes: [{ name: 'own' }],
        },
      },
    },
  };
}

function read(file: string): unknown {
  return parse(readFileSync(join(PROJECT, 'manifests', file), 'utf8'));
}

function sidecarsOf(template: unknown): readonly unknown[] {
  return [...listAt(template, 'spec', 'initContainers'), ...listAt(template, 'spec', 'containers')].filter(
    (container) => textAt(container, 'name').startsWith('watchsieve'),
  );
}

/** What the kubelet would put in for a field is none of the settings' business: empty. */
function valueOf(variable: unknown): string {
  return valueAt(variable, 'value') === undefined ? '' : textAt(variable, 'value');
}

function provesSettings(what: string, shape: SidecarShape, template: () => unknown): void {
  test(`${what} gives the program settings that it takes, also where the Pod has an IPv6 address`, () => {
    for (const podIp of ['192.0.2.7', '2001:db8::7']) {
      for (const container of sidecarsOf(template())) {
        const env = Object.fromEntries(
          listAt(container, 'env').map((variable) => [
            textAt(variable, 'name'),
            valueOf(variable).replace('$(POD_IP)', podIp),
          ]),
        );
        const parsed = parseSettings({ argv: [], env, readFile: () => '' });
        assert.ok('ok' in parsed, JSON.stringify(parsed));
        assert.deepEqual(parsed.ok.metricsListen, { host: podIp, port: shape.port + 2 });
        assert.equal(parsed.ok.preset, shape.preset ?? 'metallb');
      }
    }
  });
}

describe('the manifests (R34)', () => {
  for (const [name, shape] of Object.entries(COMPONENTS)) {
    test(`the component ${name} adds the sidecar behind all that is there, and nothing else`, () => {
      const workload = workloadOf(shape.container);
      assert.deepEqual(withComponent(name, workload), withSidecar(workload, shape, 'end'));
    });

    test(`the component ${name} makes the lists that are not there`, () => {
      const bare = { spec: { template: { spec: { containers: [{ name: shape.container }] } } } };
      const patched = valueAt(withComponent(name, bare), 'spec', 'template');
      assert.deepEqual(patched, valueAt(withSidecar(bare, shape, 'end'), 'spec', 'template'));
    });

    test(`the component ${name} selects DaemonSets, all its transformers the same ones`, () => {
      const selectors = selectorsOf(name);
      assert.equal(new Set(selectors.map((selector) => JSON.stringify(selector))).size, 1);
      assert.equal(valueAt(selectors[0], 'kind'), 'DaemonSet');
      const kustomization = read(join('components', name, 'kustomization.yaml'));
      assert.deepEqual(valueAt(kustomization, 'transformers'), ['places.yaml', '../image']);
    });

    provesSettings(`the component ${name}`, shape, () =>
      valueAt(withComponent(name, workloadOf(shape.container)), 'spec', 'template'),
    );
  }

  for (const [file, shape] of Object.entries(SSA)) {
    test(`${file} adds the sidecar, and nothing else`, () => {
      const patch = read(file);
      assert.equal(valueAt(patch, 'kind'), 'DaemonSet');
      assert.deepEqual(
        entriesAt(patch).map(([key]) => key),
        ['apiVersion', 'kind', 'metadata', 'spec'],
      );
      assert.deepEqual(valueAt(patch, 'spec'), { template: sidecarPatch(shape) });
    });

    provesSettings(file, shape, () => valueAt(read(file), 'spec', 'template'));
  }

  test('every component with a sidecar is looked at here', () => {
    const folders = readdirSync(join(PROJECT, 'manifests', 'components'), { recursive: true });
    const found = folders.map(String).filter((file) => file.endsWith('places.yaml'));
    assert.deepEqual(found.map((file) => file.split('/')[0]).sort(), Object.keys(COMPONENTS).sort());
  });

  test('the speaker and frr-k8s have ports of their own: they meet on the network of the host', () => {
    const ports = [speaker, daemon].flatMap(({ port }) => [0, 1, 2].map((offset) => port + offset));
    assert.equal(new Set(ports).size, 6);
    // Below the range that Linux takes ports of outgoing connections from.
    for (const port of ports) assert.ok(port > 1024 && port < 32_768);
  });

  for (const { client, container, remove } of [
    { client: 'speaker-sidecar', container: 'speaker', remove: 'remove' },
    { client: 'frr-k8s-sidecar', container: 'controller', remove: 'frr-k8s-remove' },
  ]) {
    test(`ssa/${remove}.yaml names the object of ssa/${client}.yaml, and no field`, () => {
      const identity = entriesAt(read(`ssa/${client}.yaml`)).filter(([key]) => key !== 'spec');
      assert.deepEqual(entriesAt(read(`ssa/${remove}.yaml`)), identity);
    });

    test(`patch/${client}.yaml is the same patch, and patch/${remove}.yaml takes off all it names (R34)`, () => {
      const patch = read(`patch/${client}.yaml`);
      assert.deepEqual(patch, { spec: valueAt(read(`ssa/${client}.yaml`), 'spec') });
      const off = { $patch: 'delete' };
      const spec = {
        initContainers: [{ name: 'watchsieve', ...off }],
        containers: [
          {
            name: container,
            env: [{ name: 'KUBECONFIG', ...off }],
            volumeMounts: [{ mountPath: '/run/watchsieve', ...off }],
          },
        ],
        volumes: listAt(patch, 'spec', 'template', 'spec', 'volumes').map((volume) => ({
          name: textAt(volume, 'name'),
          ...off,
        })),
      };
      // An annotation that the base may have itself is none of ours.
      assert.deepEqual(read(`patch/${remove}.yaml`), { spec: { template: { spec } } });
    });
  }

  test('each overlay with the sidecar takes MetalLB in one line, and only components that exist', () => {
    const overlays = readdirSync(join(PROJECT, 'manifests', 'overlays'));
    assert.deepEqual(overlays.sort(), ['frr', 'frr-k8s', 'monitoring', 'native']);
    for (const overlay of overlays.filter((name) => name !== 'monitoring')) {
      const file = join(PROJECT, 'manifests', 'overlays', overlay, 'kustomization.yaml');
      const [document, ...others] = parseAllDocuments(readFileSync(file, 'utf8'));
      assert.deepEqual(others, []);
      const kustomization: unknown = document?.toJS();
      const [resource, ...more] = listAt(kustomization, 'resources');
      assert.deepEqual(more, []);
      assert.match(
        String(resource),
        new RegExp(`^github\\.com/metallb/metallb/config/${overlay}\\?ref=v\\d+\\.\\d+\\.\\d+$`),
      );
      for (const component of listAt(kustomization, 'components')) {
        read(join('overlays', overlay, String(component), 'kustomization.yaml'));
      }
    }
  });
});
