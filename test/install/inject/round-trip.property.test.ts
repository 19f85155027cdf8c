/** Generated manifests in generated layouts: what goes in comes out again, and means what was planned. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { uninject } from '../../../src/install/inject/inject.ts';
import { type Leading, LEADINGS } from '../../../src/install/inject/leading.ts';
import { portsFrom, sidecar, type Variant } from '../../../src/install/inject/sidecar.ts';
import { DEFAULT_RESOURCES } from '../../../src/install/inject/resources.ts';
import { manifestOf, workload, type Workload } from './arbitrary-workload.ts';
import { DEFAULTS, inject, withoutVoids } from './manifests.ts';
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

/** The manifest that is wanted, made without any of the code under test but the pieces themselves. */
function expectedOf(given: Workload, variant: Variant, leading: Leading, text: string): unknown {
  const isHostNetwork = given.hostNetwork === true;
  const { env, volumeMounts, initContainers, containers, volumes } = sidecar({
    image: DEFAULTS.image,
    variant,
    leading,
    ports: portsFrom(17480),
    preset: 'metallb',
    isHostNetwork,
    resources: DEFAULT_RESOURCES,
    way: [],
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
  const podSpec = {
    ...(given.hostNetwork === undefined ? {} : { hostNetwork: given.hostNetwork }),
    initContainers: [...initContainers, ...(given.initContainers ?? [])],
    containers: [...containers, ...own],
    volumes: [...volumes, ...(given.volumes ?? [])],
  };
  const marked = { 'watchsieve.dev/injected': injected, ...given.annotations };
  const named = { 'kubectl.kubernetes.io/default-container': 'client' };
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

const lastOf = (text: string): unknown => parseAllDocuments(text, { logLevel: 'silent' }).at(-1)?.toJS();

test('inject means what was planned, twice is once, and uninject restores every byte (R44)', () => {
  const kinds = new Map<string, number>();
  const { numRuns } = runs(60);
  const leadings = fc.constantFrom<Leading>(...LEADINGS);
  const variants = fc.constantFrom<Variant>('native', 'ordinary');
  fc.assert(
    fc.property(workload, layout, variants, leadings, (given, how, variant, leading) => {
      const text = write(manifestOf(given), how);
      assert.deepEqual(lastOf(text), JSON.parse(JSON.stringify(manifestOf(given))), 'the writer is right');
      const options = {
        ...DEFAULTS,
        variant,
        leading,
        container: 'client',
        choice: { names: ['w'], selector: undefined },
      };
      const once = inject(text, options);
      assert.deepEqual(once.problems, []);
      assert.deepEqual(lastOf(once.text), expectedOf(given, variant, leading, once.text));
      assert.equal(inject(once.text, options).text, once.text);
      assert.equal(uninject(once.text, options.choice).text, text);
      // From one way of leading the client to the other.
      for (const other of LEADINGS)
        assert.equal(
          inject(inject(text, { ...options, leading: other }).text, options).text,
          once.text,
          `from ${other}`,
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
