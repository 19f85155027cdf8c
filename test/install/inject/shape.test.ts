/** `inject`, the components and the shape that the end-to-end suite expects are one and the same sidecar (R34, R44). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { uninject } from '../../../src/install/inject/inject.ts';
import { sidecar, SIDECAR_VARIANTS } from '../../../src/install/inject/sidecar.ts';
import { DEFAULT_RESOURCES } from '../../../src/install/inject/resources.ts';
import { withComponent } from '../../support/component.ts';
import { valueAt } from '../../support/json-value.ts';
import { type SidecarShape, withSidecar } from '../../support/sidecar-shape.ts';
import { DEFAULTS, FRR_K8S, inject, SPEAKER, withoutVoids as withoutEmpty } from './manifests.ts';

const MARK = 'watchsieve.dev/injected';

interface Client {
  readonly title: string;
  readonly manifest: string;
  readonly component: string;
  readonly shape: Omit<SidecarShape, 'variant' | 'image' | 'annotated'>;
  /** Whether its manifest names a default container itself. */
  readonly namesDefault: boolean;
}

const CLIENTS: readonly Client[] = [
  {
    title: 'the speaker',
    manifest: SPEAKER,
    component: 'sidecar',
    shape: { container: 'speaker', port: 17_480, preset: undefined },
    namesDefault: false,
  },
  {
    title: "frr-k8s's daemon",
    manifest: FRR_K8S,
    component: 'frr-k8s',
    shape: { container: 'controller', port: 17_490, preset: 'labels' },
    namesDefault: true,
  },
];

/** Without what `inject` writes on the workload, and not on its Pods, for `uninject`. */
function withoutMark(workload: unknown): unknown {
  const copy: unknown = structuredClone(workload);
  const annotations = valueAt(copy, 'metadata', 'annotations');
  assert.ok(typeof annotations === 'object' && annotations !== null && MARK in annotations);
  assert.deepEqual(Object.keys(annotations), [MARK]);
  const metadata = valueAt(copy, 'metadata');
  assert.ok(typeof metadata === 'object' && metadata !== null);
  Reflect.deleteProperty(metadata, 'annotations');
  return copy;
}

for (const { title, manifest, component, shape: given, namesDefault } of CLIENTS)
  for (const variant of SIDECAR_VARIANTS)
    describe(`${title}, ${variant}`, () => {
      test('what inject makes of its manifest is the expected shape, field for field (R44)', () => {
        const { image } = DEFAULTS;
        const { text, problems } = inject(manifest, { ...DEFAULTS, variant });
        assert.deepEqual(problems, []);
        const shape = { ...given, variant, image, annotated: !namesDefault };
        assert.deepEqual(
          withoutMark(parse(text)),
          withSidecar(withoutVoids(parse(manifest)), shape, 'front'),
        );
      });

      test('the component adds the pieces of inject, field for field (R34)', () => {
        const { port, preset, container } = given;
        const pieces = sidecar({
          image: '',
          variant,
          leading: 'kubeconfig',
          ports: { proxy: port, admin: port + 1, metrics: port + 2 },
          preset: preset ?? 'metallb',
          isHostNetwork: true,
          resources: DEFAULT_RESOURCES,
          way: [],
        });
        const bare = { spec: { template: { spec: { containers: [{ name: container }] } } } };
        const patched = withComponent(variant === 'native' ? component : `${component}-ordinary`, bare);
        const client = { name: container, env: pieces.env, volumeMounts: pieces.volumeMounts };
        assert.deepEqual(valueAt(patched, 'spec', 'template', 'spec'), {
          containers: [...pieces.containers, client],
          initContainers: pieces.initContainers,
          volumes: pieces.volumes,
        });
      });

      test('uninject leaves nothing of what the component has added, no annotation either (R44)', () => {
        const plain = withoutVoids(parse(manifest));
        const name = variant === 'native' ? component : `${component}-ordinary`;
        const { text, problems } = uninject(stringify(withComponent(name, plain)), DEFAULTS.choice);
        assert.deepEqual(problems, []);
        assert.deepEqual(withoutEmpty(parse(text)), withoutEmpty(plain));
      });
    });

/** Null lists, as in manifests written by charts, give way where something is added. */
function withoutVoids(workload: unknown): unknown {
  return JSON.parse(JSON.stringify(workload), (_key, value: unknown) => (value === null ? undefined : value));
}
