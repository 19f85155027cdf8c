import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { parse, parseAllDocuments } from 'yaml';

import { parseSettings } from '../../src/config/parse-settings.ts';
import { entriesAt, listAt, textAt, valueAt } from '../support/json-value.ts';
import { sidecarPatch } from '../support/sidecar-shape.ts';
import type { SidecarShape } from '../support/sidecar-shape.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

const speaker = { port: 17_480, preset: undefined, container: 'speaker', annotated: true };
const daemon = { port: 17_490, preset: 'labels', container: 'controller' };
const older = { ...daemon, container: 'frr-k8s' };
/** Nobody has named it yet: see image.test.ts. */
const image = '';

const PATCHES: Readonly<Record<string, SidecarShape>> = {
  'components/sidecar/speaker.yaml': { ...speaker, variant: 'native', annotated: false, image },
  'components/sidecar-ordinary/speaker.yaml': { ...speaker, variant: 'ordinary', image },
  'components/frr-k8s/daemon.yaml': { ...daemon, variant: 'native', annotated: false, image },
  'components/frr-k8s-ordinary/daemon.yaml': { ...daemon, variant: 'ordinary', annotated: true, image },
  'components/frr-k8s-until-0.0.21/daemon.yaml': { ...older, variant: 'native', annotated: false, image },
  'components/frr-k8s-until-0.0.21-ordinary/daemon.yaml': {
    ...older,
    variant: 'ordinary',
    annotated: true,
    image,
  },
  'ssa/speaker-sidecar.yaml': {
    ...speaker,
    variant: 'native',
    annotated: false,
    image,
  },
};

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

describe('the manifests (R34)', () => {
  for (const [file, shape] of Object.entries(PATCHES)) {
    test(`${file} adds the sidecar, and nothing else`, () => {
      const patch = read(file);
      assert.equal(valueAt(patch, 'kind'), 'DaemonSet');
      assert.deepEqual(
        entriesAt(patch).map(([key]) => key),
        ['apiVersion', 'kind', 'metadata', 'spec'],
      );
      assert.deepEqual(valueAt(patch, 'spec'), { template: sidecarPatch(shape) });
    });

    test(`${file} gives the program settings that it takes, also where the Pod has an IPv6 address`, () => {
      for (const podIp of ['192.0.2.7', '2001:db8::7']) {
        for (const container of sidecarsOf(valueAt(read(file), 'spec', 'template'))) {
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

  test('every component has a patch that is looked at here, and no list is patched by index', () => {
    const folders = readdirSync(join(PROJECT, 'manifests', 'components'));
    for (const folder of folders) {
      const kustomization = read(join('components', folder, 'kustomization.yaml'));
      for (const patch of listAt(kustomization, 'patches')) {
        const file = join('components', folder, textAt(patch, 'path'));
        if (!(file in PATCHES)) continue;
        assert.deepEqual(valueAt(kustomization, 'transformers'), ['../image'], folder);
        assert.equal(valueAt(patch, 'target', 'kind'), 'DaemonSet', folder);
      }
    }
    for (const file of Object.keys(PATCHES)) assert.ok(!Array.isArray(read(file)), file);
    const patched = Object.keys(PATCHES).filter((file) => file.startsWith('components/'));
    assert.equal(patched.length, 6);
    for (const file of patched) assert.ok(folders.includes(file.split('/')[1] ?? ''), file);
  });

  test('the speaker and frr-k8s have ports of their own: they meet on the network of the host', () => {
    const ports = ['components/sidecar/speaker.yaml', 'components/frr-k8s/daemon.yaml'].flatMap((file) =>
      [0, 1, 2].map((offset) => (PATCHES[file]?.port ?? 0) + offset),
    );
    assert.equal(new Set(ports).size, 6);
    // Below the range that Linux takes ports of outgoing connections from.
    for (const port of ports) assert.ok(port > 1024 && port < 32_768);
  });

  test('ssa/remove.yaml names the object of ssa/speaker-sidecar.yaml, and no field', () => {
    const identity = entriesAt(read('ssa/speaker-sidecar.yaml')).filter(([key]) => key !== 'spec');
    assert.deepEqual(entriesAt(read('ssa/remove.yaml')), identity);
  });

  for (const { client, container, remove, same } of [
    {
      client: 'speaker-sidecar',
      container: 'speaker',
      remove: 'remove',
      same: valueAt(read('ssa/speaker-sidecar.yaml'), 'spec'),
    },
    {
      client: 'frr-k8s-sidecar',
      container: 'controller',
      remove: 'frr-k8s-remove',
      same: valueAt(read('components/frr-k8s/daemon.yaml'), 'spec'),
    },
  ])
    test(`patch/${client}.yaml is the same patch, and patch/${remove}.yaml takes off all it names (R34)`, () => {
      const patch = read(`patch/${client}.yaml`);
      assert.deepEqual(patch, { spec: same });
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
