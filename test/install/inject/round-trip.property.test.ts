/** Generated manifests in generated layouts: what goes in comes out again, and means what was planned. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { uninject } from '../../../src/install/inject/inject.ts';
import { HUB_ALONE, hubAlone, type Variant } from '../../../src/install/inject/hub-alone.ts';
import { type Leading, LEADINGS } from '../../../src/install/inject/leading.ts';
import { portsFrom, sidecar, SIDECAR_VARIANTS } from '../../../src/install/inject/sidecar.ts';
import { DEFAULT_RESOURCES } from '../../../src/install/inject/resources.ts';
import { manifestOf, workload, type Workload } from './arbitrary-workload.ts';
import { DEFAULTS, HUB, inject, withoutVoids } from './manifests.ts';
import { type Layout, write } from './write-manifest.ts';
import { runs } from '../../support/property-runs.ts';

const layout: fc.Arbitrary<Layout> = fc.record({
  seed: fc.integer(),
  kind: fc.constantFrom('block', 'block', 'block', 'mixed', 'json', 'minified'),
  step: fc.constantFrom(2, 3, 4),
  dashOffset: fc.constantFrom(0, 2),
  eol: fc.constantFrom('\n', '\r\n'),
  hasFinalEol: fc.boolean(),
  before: fc.constantFrom('', '---\n', '# c\n---\n', '%YAML 1.2\n---\n', 'kind: Other\n---\n', '\ufeff'),
});

interface Way {
  readonly variant: Variant;
  readonly leading: Leading;
}
const WAYS: readonly Way[] = [
  ...SIDECAR_VARIANTS.flatMap((variant) => LEADINGS.map((leading) => ({ variant, leading }))),
  { variant: HUB_ALONE, leading: 'kubeconfig' },
];

function piecesOf({ variant, leading }: Way, isHostNetwork: boolean) {
  if (variant === HUB_ALONE) {
    const { pieces, kubeconfig } = hubAlone(HUB, 'metallb');
    return { ...pieces, annotations: { 'watchsieve.dev/kubeconfig': kubeconfig } };
  }
  const pieces = sidecar({
    image: DEFAULTS.image,
    variant,
    leading,
    ports: portsFrom(17480),
    preset: 'metallb',
    isHostNetwork,
    resources: DEFAULT_RESOURCES,
    way: [],
    hub: HUB,
  });
  return { ...pieces, annotations: { 'kubectl.kubernetes.io/default-container': 'client' } };
}

/** The manifest that is wanted, made without any of the code under test but the pieces themselves. */
function expectedOf(given: Workload, way: Way, text: string): unknown {
  const isHostNetwork = given.hostNetwork === true;
  const pieces = piecesOf(way, isHostNetwork);
  const { env, volumeMounts, initContainers, containers, volumes } = pieces;
  const record = /watchsieve\.dev\/injected"?: ?('(?:[^']|'')*'|"(?:[^"\\]|\\.)*")/.exec(text)?.[1] ?? '';
  const injected: unknown = parse(record);
  const client = {
    name: 'client',
    env: [...env, ...(given.env ?? [])],
    image: 'x:2',
    volumeMounts: [...volumeMounts, ...(given.volumeMounts ?? [])],
  };
  const own = given.isFirst ? [client, { name: 'other' }] : [{ name: 'other' }, client];
  const podSpec = {
    ...(given.hostNetwork === undefined ? {} : { hostNetwork: given.hostNetwork }),
    // Where nothing is added, what was there stays, even if it is empty.
    ...(initContainers.length === 0
      ? withoutUndefined({ initContainers: given.initContainers })
      : { initContainers: [...initContainers, ...(given.initContainers ?? [])] }),
    containers: [...containers, ...own],
    volumes: [...volumes, ...(given.volumes ?? [])],
  };
  const marked = { 'watchsieve.dev/injected': injected, ...given.annotations };
  const named = pieces.annotations;
  if (given.kind === 'Pod') {
    const metadata = { name: 'w', annotations: { ...named, ...marked } };
    return { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec };
  }
  const template: { readonly annotations?: Record<string, string> | null | undefined } = given.template ?? {};
  return {
    apiVersion: 'apps/v1',
    kind: given.kind,
    metadata: { name: 'w', annotations: marked },
    spec: { template: { metadata: { annotations: { ...named, ...template.annotations } }, spec: podSpec } },
  };
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}

const lastOf = (text: string): unknown => parseAllDocuments(text, { logLevel: 'silent' }).at(-1)?.toJS();

test('inject means what was planned, twice is once, and uninject restores every byte (R44)', () => {
  const kinds = new Map<string, number>();
  const { numRuns } = runs(60);
  const ways = fc.constantFrom(...WAYS);
  fc.assert(
    fc.property(workload, layout, ways, (given, how, way) => {
      const text = write(manifestOf(given), how);
      assert.deepEqual(lastOf(text), JSON.parse(JSON.stringify(manifestOf(given))), 'the writer is right');
      const options = {
        ...DEFAULTS,
        ...way,
        hub: HUB,
        container: 'client',
        choice: { names: ['w'], selector: undefined },
      };
      const once = inject(text, options);
      assert.deepEqual(once.problems, []);
      assert.deepEqual(lastOf(once.text), expectedOf(given, way, once.text));
      assert.equal(inject(once.text, options).text, once.text);
      assert.equal(uninject(once.text, options.choice).text, text);
      // From any way of leading the client to this one.
      for (const other of WAYS)
        assert.equal(
          inject(inject(text, { ...options, ...other }).text, options).text,
          once.text,
          `from ${other.variant}, ${other.leading}`,
        );
      // Written anew by somebody else, without comments and layout.
      const rewritten = uninject(stringify(lastOf(once.text)), options.choice);
      assert.deepEqual(rewritten.problems, []);
      assert.deepEqual(withoutVoids(lastOf(rewritten.text)), withoutVoids(lastOf(text)));
      kinds.set(how.kind, (kinds.get(how.kind) ?? 0) + 1);
    }),
    { numRuns },
  );
  // Of fewer cases one in ten runs has but two kinds.
  assert.ok(numRuns < 60 || kinds.size >= 3, 'several kinds of layout have been seen');
});
