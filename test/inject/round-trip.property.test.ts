/** Generated manifests in generated layouts: what goes in comes out again, and means what was planned. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { inject, uninject } from '../../src/inject/inject.ts';
import { portsFrom, sidecar, type Variant } from '../../src/inject/sidecar.ts';
import { DEFAULTS, withoutVoids } from './manifests.ts';
import { type Layout, write } from './write-manifest.ts';

const item = (name: string) => fc.constant({ name, image: 'x:1' });
const ABSENT = fc.constant(undefined);
const VOID = fc.constantFrom(undefined, null, []);

/** A list that may be absent, null, empty, or hold something. */
const list = <T>(...items: T[]) => fc.oneof(VOID, fc.constant(items), fc.constant(items.slice(0, 1)));
const annotations: fc.Arbitrary<Readonly<Record<string, string>> | null | undefined> = fc.constantFrom(
  undefined,
  undefined,
  null,
  {},
  { a: 'b' },
  { a: 'b', 'c/d': '"e": # f' },
);

const workload = fc.record({
  kind: fc.constantFrom('DaemonSet', 'Deployment', 'StatefulSet'),
  annotations,
  template: fc.oneof(ABSENT, fc.constant(null), fc.constant({}), fc.record({ annotations })),
  initContainers: fc.oneof(VOID, fc.tuple(item('i')), fc.tuple(item('i'), item('j'))),
  env: list<unknown>({ name: 'A', value: '1\n2\n' }, { name: 'B', value: '# b' }),
  volumeMounts: list<unknown>({ name: 'v', mountPath: '/v' }, { name: 'w', mountPath: '/w' }),
  volumes: list<unknown>({ name: 'v', emptyDir: {} }, { name: 'w', emptyDir: {} }),
  isFirst: fc.boolean(),
  hostNetwork: fc.constantFrom(undefined, false, true),
});
type Workload = typeof workload extends fc.Arbitrary<infer T> ? T : never;

const layout: fc.Arbitrary<Layout> = fc.record({
  seed: fc.integer(),
  kind: fc.constantFrom('block', 'block', 'block', 'mixed', 'json', 'minified'),
  step: fc.constantFrom(2, 3, 4),
  dashOffset: fc.constantFrom(0, 2),
  eol: fc.constantFrom('\n', '\r\n'),
  hasFinalEol: fc.boolean(),
  before: fc.constantFrom('', '---\n', '# c\n---\n', '%YAML 1.2\n---\n', 'kind: Other\n---\n', '\ufeff'),
});

function manifestOf(given: Workload): object {
  const client = { name: 'client', env: given.env, image: 'x:2', volumeMounts: given.volumeMounts };
  const other = { name: 'other' };
  return {
    apiVersion: 'apps/v1',
    kind: given.kind,
    metadata: { name: 'w', annotations: given.annotations },
    spec: {
      template: {
        metadata: given.template,
        spec: {
          hostNetwork: given.hostNetwork,
          initContainers: given.initContainers,
          containers: given.isFirst ? [client, other] : [other, client],
          volumes: given.volumes,
        },
      },
    },
  };
}

/** The manifest that is wanted, made without any of the code under test but the pieces themselves. */
function expectedOf(given: Workload, variant: Variant, text: string): unknown {
  const isHostNetwork = given.hostNetwork === true;
  const { env, volumeMounts, initContainers, containers, volumes } = sidecar({
    image: DEFAULTS.image,
    variant,
    ports: portsFrom(17480),
    preset: 'metallb',
    isHostNetwork,
  });
  const record = /watchsieve\.dev\/injected"?: ?('(?:[^']|'')*'|"(?:[^"\\]|\\.)*")/.exec(text)?.[1] ?? '';
  const injected: unknown = parse(record);
  const client = {
    name: 'client',
    env: [...env, ...(given.env ?? [])],
    image: 'x:2',
    volumeMounts: [...volumeMounts, ...(given.volumeMounts ?? [])],
  };
  const own = given.isFirst ? [client, { name: 'other' }] : [{ name: 'other' }, client];
  const template: { readonly annotations?: Record<string, string> | null | undefined } = given.template ?? {};
  return {
    apiVersion: 'apps/v1',
    kind: given.kind,
    metadata: {
      name: 'w',
      annotations: { 'watchsieve.dev/injected': injected, ...given.annotations },
    },
    spec: {
      template: {
        metadata: {
          annotations: {
            'kubectl.kubernetes.io/default-container': 'client',
            ...template.annotations,
          },
        },
        spec: {
          ...(given.hostNetwork === undefined ? {} : { hostNetwork: given.hostNetwork }),
          initContainers: [...initContainers, ...(given.initContainers ?? [])],
          containers: [...containers, ...own],
          volumes: [...volumes, ...(given.volumes ?? [])],
        },
      },
    },
  };
}

const lastOf = (text: string): unknown => parseAllDocuments(text, { logLevel: 'silent' }).at(-1)?.toJS();

test('inject means what was planned, twice is once, and uninject restores every byte (R44)', () => {
  const kinds = new Map<string, number>();
  fc.assert(
    fc.property(workload, layout, fc.constantFrom<Variant>('native', 'ordinary'), (given, how, variant) => {
      const text = write(manifestOf(given), how);
      assert.deepEqual(lastOf(text), JSON.parse(JSON.stringify(manifestOf(given))), 'the writer is right');
      const options = {
        ...DEFAULTS,
        variant,
        container: 'client',
        choice: { names: ['w'], selector: undefined },
      };
      const once = inject(text, options);
      assert.deepEqual(once.problems, []);
      assert.deepEqual(lastOf(once.text), expectedOf(given, variant, once.text));
      assert.equal(inject(once.text, options).text, once.text);
      assert.equal(uninject(once.text, options.choice).text, text);
      // Written anew by somebody else, without comments and layout.
      const rewritten = uninject(stringify(lastOf(once.text)), options.choice);
      assert.deepEqual(rewritten.problems, []);
      assert.deepEqual(withoutVoids(lastOf(rewritten.text)), withoutVoids(lastOf(text)));
      kinds.set(how.kind, (kinds.get(how.kind) ?? 0) + 1);
    }),
    { numRuns: Number(process.env['WATCHSIEVE_RUNS'] ?? 60) },
  );
  assert.ok(kinds.size >= 3, 'several kinds of layout have been seen');
});
