/** Structs that Go embeds: their fields stand beside the others in JSON, and in protobuf in a message of their own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Codec } from '../../../src/core/codec/codec.ts';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { differences } from '../../../src/core/codec/differences.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import {
  customProjection,
  type ProjectionDefinition,
} from '../../../src/core/projection/custom-projection.ts';
import { builtInResource } from '../../../src/core/resource/built-in.ts';
import { apiVersionOf, type Resource } from '../../../src/core/resource/resource.ts';
import { bytesField, jsonFrame, stringField, varintField } from '../../support/encode.ts';

const POD = (await builtInResource('pods')) ?? assert.fail();
const HOOK =
  (await builtInResource('validatingwebhookconfigurations.admissionregistration.k8s.io')) ?? assert.fail();

const of = (...fields: Buffer[]): Buffer => Buffer.concat(fields);
const METADATA = bytesField(1, of(stringField(1, 'a'), stringField(6, '7')));

function frameOf({ kind, ...resource }: Resource, object: Buffer): Buffer {
  const typeMeta = of(stringField(1, apiVersionOf(resource)), stringField(2, kind));
  const unknown = of(Buffer.from('k8s\0'), bytesField(1, typeMeta), bytesField(2, of(METADATA, object)));
  const event = of(stringField(1, 'MODIFIED'), bytesField(2, bytesField(1, unknown)));
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(event.length);
  return of(prefix, event);
}

/** A Pod with one volume (VolumeSource at 2: configMap 19, emptyDir 2) and one ephemeral container (its common part at 1). */
function pod({ config = 'c', optional = 0, name = 'debug', image = 'i', target = 't' }): Buffer {
  const reference = bytesField(1, stringField(1, config));
  const source = bytesField(19, of(reference, ...(optional === 0 ? [] : [varintField(4, optional)])));
  const volume = of(stringField(1, 'v'), bytesField(2, source));
  const container = of(
    bytesField(1, of(stringField(1, name), stringField(2, image))),
    stringField(2, target),
  );
  return frameOf(POD, bytesField(2, of(bytesField(1, volume), bytesField(34, container))));
}

/** A webhook (rules 3: operations 1, and within 2 the rule, which has apiGroups at 1 and resources at 3). */
function hook({ operation = 'CREATE', group = 'apps', resource = 'deployments' }): Buffer {
  const rule = of(
    stringField(1, operation),
    bytesField(2, of(stringField(1, group), stringField(3, resource))),
  );
  return frameOf(HOOK, bytesField(2, of(stringField(1, 'w'), bytesField(3, rule))));
}

function readerOf(
  resource: Resource,
  definition: ProjectionDefinition,
  encoding: Codec['name'] = 'protobuf',
) {
  const made = customProjection(resource, 'mine', definition);
  if ('problems' in made) return assert.fail(JSON.stringify(made.problems));
  const { plan } = made.projection;
  const scanner = CODECS[encoding].scanner(resource, plan);
  const formOf = (frame: Buffer): Buffer => {
    const event = new WatchEvent();
    scanner.scan(frame, 0, frame.length, event);
    assert.equal(event.understanding, 'projected');
    return Buffer.from(event.canonical.view());
  };
  return {
    differs: (a: Buffer, b: Buffer) => !formOf(a).equals(formOf(b)),
    told: (a: Buffer, b: Buffer) =>
      differences(CODECS[encoding].legend(resource, plan), formOf(a), formOf(b)).paths.map(
        ({ path }) => path,
      ),
  };
}

const including = (resource: Resource, ...paths: string[]) => readerOf(resource, { by: 'include', paths });
const excluding = (resource: Resource, ...paths: string[]) => readerOf(resource, { by: 'exclude', paths });

describe('a field of a struct that Go embeds', () => {
  test('counts where it is chosen, and its neighbours do not', () => {
    const { differs } = including(POD, 'spec.volumes[*].configMap.name');
    assert.ok(differs(pod({}), pod({ config: 'other' })));
    assert.ok(!differs(pod({}), pod({ optional: 1 })));
    assert.ok(!differs(pod({}), pod({ image: 'other' })));
  });

  test('is left out where it is excluded, and its neighbours count', () => {
    const { differs } = excluding(POD, 'spec.volumes[*].configMap.name');
    assert.ok(!differs(pod({}), pod({ config: 'other' })));
    assert.ok(differs(pod({}), pod({ optional: 1 })));
  });

  test('is what elements of a list are chosen by', () => {
    const { differs } = including(POD, 'spec.ephemeralContainers[name=debug].image');
    assert.ok(differs(pod({}), pod({ image: 'other' })));
    assert.ok(differs(pod({}), pod({ name: 'other' })));
    assert.ok(!differs(pod({}), pod({ target: 'other' })));
    assert.ok(!differs(pod({ name: 'x' }), pod({ name: 'y', image: 'other' })));
  });

  test('counts two structs deep', () => {
    const { differs } = including(HOOK, 'webhooks[*].rules[*].apiGroups');
    assert.ok(differs(hook({}), hook({ group: 'batch' })));
    assert.ok(!differs(hook({}), hook({ operation: 'DELETE' })));
    assert.ok(!differs(hook({}), hook({ resource: 'pods' })));
    const others = excluding(HOOK, 'webhooks[*].rules[*].apiGroups');
    assert.ok(!others.differs(hook({}), hook({ group: 'batch' })));
    assert.ok(others.differs(hook({}), hook({ resource: 'pods' })));
    assert.ok(others.differs(hook({}), hook({ operation: 'DELETE' })));
  });

  test('is told under its name in JSON', () => {
    const { told } = excluding(POD, 'spec.volumes[*].emptyDir');
    assert.deepEqual(told(pod({}), pod({ config: 'other' })), ['spec.volumes[0].configMap']);
  });

  test('is one of a newer API server as any other: it counts', () => {
    const volume = (more: Buffer): Buffer =>
      frameOf(POD, bytesField(2, bytesField(1, of(stringField(1, 'v'), bytesField(2, more)))));
    const { differs } = excluding(POD, 'spec.volumes[*].emptyDir');
    assert.ok(differs(volume(stringField(99, 'a')), volume(stringField(99, 'b'))));
    assert.ok(
      !differs(volume(bytesField(2, stringField(99, 'a'))), volume(bytesField(2, stringField(99, 'b')))),
    );
  });
});

const POLICY = (await builtInResource('networkpolicies.networking.k8s.io')) ?? assert.fail();

/** A rule that lets in from a peer: `namespaceSelector` 2, absent or of every namespace. */
function policy(selector: object | undefined): { readonly json: Buffer; readonly protobuf: Buffer } {
  const peer = selector === undefined ? [] : [bytesField(2, Buffer.alloc(0))];
  const rule = bytesField(2, bytesField(2, of(...peer)));
  const object = {
    ...{ kind: 'NetworkPolicy', apiVersion: 'networking.k8s.io/v1' },
    metadata: { name: 'a', resourceVersion: '7' },
    spec: { ingress: [{ from: [{ namespaceSelector: selector }] }] },
  };
  return { json: jsonFrame('MODIFIED', object), protobuf: frameOf(POLICY, bytesField(2, rule)) };
}

describe('an empty struct under a pointer', () => {
  const FROM = 'spec.ingress[*].from[*]';
  for (const encoding of ['json', 'protobuf'] as const) {
    test(`is another thing than none: a selector of all, and of nothing, ${encoding}`, () => {
      for (const definition of [
        { by: 'include', paths: [`${FROM}.namespaceSelector`] },
        { by: 'include', paths: ['spec'] },
        { by: 'exclude', paths: [`${FROM}.ipBlock`] },
        { by: 'exclude', paths: [`${FROM}.namespaceSelector.matchLabels["a"]`] },
        { by: 'exclude', paths: [`${FROM}.namespaceSelector.matchExpressions`] },
      ] as const) {
        const { differs } = readerOf(POLICY, definition, encoding);
        assert.ok(differs(policy(undefined)[encoding], policy({})[encoding]), JSON.stringify(definition));
      }
    });

    test(`is none where it is left out, ${encoding}`, () => {
      const definition = { by: 'exclude', paths: [`${FROM}.namespaceSelector`] } as const;
      const { differs } = readerOf(POLICY, definition, encoding);
      assert.ok(!differs(policy(undefined)[encoding], policy({})[encoding]));
    });
  }
});
