/** The resources that Kubernetes has, from tables that a script has made. What those say is held to Go by test/schemas. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { customProjection } from '../../../src/core/projection/custom-projection.ts';
import { builtInNames, builtInResource, builtInVersions } from '../../../src/core/resource/built-in.ts';
import { LEASES } from '../../../src/core/resource/lease.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { OBJECT_META } from '../../../src/core/resource/object-meta.ts';
import { nameOf } from '../../../src/core/resource/resource.ts';
import { table } from '../../../src/core/resource/table.ts';

const found = async (name: string, version?: string) =>
  (await builtInResource(name, version)) ?? assert.fail(`there is no ${name}`);

describe('a resource of Kubernetes', () => {
  test('is found by its name, as RBAC spells it, in its most stable version', async () => {
    const told: Record<string, unknown> = {};
    for (const name of ['pods', 'endpointslices.discovery.k8s.io', 'horizontalpodautoscalers.autoscaling']) {
      const { schema: _, ...row } = await found(name);
      told[name] = row;
    }
    assert.deepEqual(told, {
      pods: {
        ...{ group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true },
        layout: { behindMetadata: 'spec' },
      },
      'endpointslices.discovery.k8s.io': {
        ...{ group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices', kind: 'EndpointSlice' },
        ...{ namespaced: true, layout: {} },
      },
      'horizontalpodautoscalers.autoscaling': {
        ...{ group: 'autoscaling', version: 'v2', plural: 'horizontalpodautoscalers' },
        ...{ kind: 'HorizontalPodAutoscaler', namespaced: true, layout: { behindMetadata: 'spec' } },
      },
    });
  });

  test('is found in another version where one is given', async () => {
    assert.equal((await found('horizontalpodautoscalers.autoscaling', 'v1')).version, 'v1');
    assert.equal(await builtInResource('pods', 'v2'), undefined);
  });

  test('is no other of a like name, nor what nobody can watch', async () => {
    for (const name of [
      'pod',
      'Pods',
      'pods.',
      'pods.apps',
      'deployments',
      '',
      'componentstatuses',
      'tokenreviews',
    ])
      assert.equal(await builtInResource(name), undefined, name);
  });

  test('stands in its row where there is one', async () => {
    assert.equal(await builtInResource('nodes'), NODES);
    assert.deepEqual(await found(nameOf(LEASES)), LEASES);
  });

  test('has the metadata that all have, in every version of every one', async () => {
    const versions = await builtInVersions();
    assert.ok(versions.length > 80, `${versions.length}`);
    for (const { name, version } of versions) {
      const resource = await found(name, version);
      assert.equal(nameOf(resource), name);
      assert.equal(Object.keys(resource.schema)[0], 'metadata', name);
      assert.equal(resource.schema['metadata']?.message, OBJECT_META, name);
    }
  });

  test('takes a projection in both codecs, every one of them', async () => {
    for (const name of await builtInNames()) {
      const resource = await found(name);
      const made = customProjection(resource, 'x', { by: 'exclude', paths: ['metadata.managedFields'] });
      if ('problems' in made) assert.fail(JSON.stringify(made.problems));
      for (const codec of Object.values(CODECS)) {
        codec.scanner(resource, made.projection.plan);
        codec.legend(resource, made.projection.plan);
        codec.bookmark(resource, '7');
      }
    }
  });

  test('is told of by its name', async () => {
    const names = await builtInNames();
    assert.equal(new Set(names).size, names.length);
    for (const name of ['nodes', 'pods', 'leases.coordination.k8s.io']) assert.ok(names.includes(name), name);
  });
});

describe('a table', () => {
  const OTHER = table({}, 'Inner\n note 1 text!');

  test('says of each field what a schema says', () => {
    const types = table(
      { other: OTHER },
      'A\n b 2 []B!\n c 3.4.5 *number\n d 1 opaque\n e 6 other.Inner\nB\n a 1 A',
    );
    const a = types.get('A');
    assert.deepEqual(Object.keys(a ?? {}), ['b', 'c', 'd', 'e'], 'in the order in which they stand there');
    assert.deepEqual(a?.['b'], {
      number: 2,
      holds: 'message',
      message: types.get('B'),
      isList: true,
      isAlways: true,
    });
    assert.deepEqual(a['c'], { number: 5, within: [3, 4], holds: 'number', isPointer: true });
    assert.deepEqual(a['d'], { number: 1, holds: 'message' });
    assert.equal(a['e']?.message, OTHER.get('Inner'));
    assert.equal(types.get('B')?.['a']?.message, a, 'also where they hold each other');
  });

  test('is refused where it is none', () => {
    for (const text of [' a 1 text', 'A\n a text', 'A\n a 1 Missing', 'A\n a 1 other.Inner', 'A\n a 1 text?'])
      assert.throws(() => table({}, text), Error, text);
  });
});
