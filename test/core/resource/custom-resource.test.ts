/** A resource without a schema of its own: what a CustomResourceDefinition defines (I1, I2). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODECS, listCodecOf, watchCodingOf } from '../../../src/core/codec/codecs.ts';
import { customProjection } from '../../../src/core/projection/custom-projection.ts';
import type { FieldsPlan } from '../../../src/core/projection/plan.ts';
import { customResource } from '../../../src/core/resource/custom-resource.ts';
import { metadataOnly } from '../../../src/core/resource/metadata-only.ts';
import { ListTap } from '../../../src/core/sieve/list-tap.ts';
import { counted, cutAt, sieveChunks } from '../../support/frame-sieves.ts';

const CILIUM_NODES = customResource(
  { group: 'cilium.io', version: 'v2', plural: 'ciliumnodes', namespaced: false },
  'CiliumNode',
);
const TYPE = { apiVersion: 'cilium.io/v2', kind: 'CiliumNode' };

interface Content {
  readonly beat?: number;
  readonly ip?: string;
  readonly used?: readonly { readonly owner: string; readonly seen: number }[];
}

/** As Go writes a map: its keys sorted. */
function ciliumNode(version: number, { beat = 0, ip = '10.0.0.1', used = [] }: Content = {}) {
  return {
    ...TYPE,
    metadata: {
      annotations: { note: 'a "quoted" one' },
      name: 'one',
      resourceVersion: String(version),
      uid: 'u1',
    },
    spec: { addresses: [{ ip, type: 'InternalIP' }], health: { ipv4: '10.0.0.9' } },
    status: { ipam: { used }, lastSeen: beat },
  };
}

function list(version: string, items: readonly object[]): Buffer {
  const kind = 'CiliumNodeList';
  const whole = {
    apiVersion: TYPE.apiVersion,
    items,
    kind,
    metadata: { continue: '', resourceVersion: version },
  };
  return Buffer.from(`${JSON.stringify(whole)}\n`);
}

const frame = (type: string, object: object): Buffer => Buffer.from(`${JSON.stringify({ object, type })}\n`);

function made(by: 'include' | 'exclude', paths: readonly string[]) {
  return customProjection(CILIUM_NODES, 'mine', { by, paths });
}

function planOf(by: 'include' | 'exclude', ...paths: readonly string[]): FieldsPlan {
  const result = made(by, paths);
  return 'projection' in result ? result.projection.plan : assert.fail(JSON.stringify(result.problems));
}

function tapped(body: Buffer, plan: FieldsPlan, cuts: readonly number[] = []) {
  const tap = new ListTap({ codec: CODECS.json, resource: CILIUM_NODES, plan }, { passAt: () => Infinity });
  for (const chunk of cutAt(body, cuts)) tap.push(chunk, 0);
  return tap.finish();
}

function said(plan: FieldsPlan, contents: readonly Content[]): string {
  const listed = tapped(list('1', [ciliumNode(1)]), plan) ?? assert.fail('the list was not understood');
  const frames = contents.map((content, i) => frame('MODIFIED', ciliumNode(i + 2, content)));
  const { tally } = sieveChunks(frames, { encoding: 'json', resource: CILIUM_NODES, plan, ...listed });
  return counted(tally);
}

describe('a custom resource', () => {
  test('is sieved by paths that nobody has declared', () => {
    const included = planOf('include', 'metadata.labels', 'spec.addresses[type=InternalIP].ip');
    assert.equal(said(included, [{ beat: 1 }, { beat: 2 }]), 'MODIFIED swallowed unchanged 2');
    assert.equal(
      said(included, [{ beat: 1 }, { ip: '10.0.0.2' }, { ip: '10.0.0.2', beat: 3 }]),
      'MODIFIED forwarded changed 1; MODIFIED swallowed unchanged 2',
    );
    const each = planOf('include', 'spec.addresses[*].ip', 'spec.health.ipv4');
    assert.equal(
      said(each, [{ beat: 1 }, { ip: '10.0.0.2' }]),
      'MODIFIED forwarded changed 1; MODIFIED swallowed unchanged 1',
    );
  });

  test('and by all but such paths', () => {
    const calm = planOf('exclude', 'status.lastSeen', 'status.ipam.used[*].seen');
    const used = (seen: number, owner = 'a') => [{ owner, seen }];
    assert.equal(said(calm, [{ beat: 1 }, { beat: 2 }]), 'MODIFIED swallowed unchanged 2');
    assert.equal(
      said(calm, [{ used: used(1) }, { used: used(2), beat: 1 }, { used: used(2, 'b') }]),
      'MODIFIED forwarded changed 2; MODIFIED swallowed unchanged 1',
    );
  });

  test('is listed as Go writes it, with its kind behind its items, however it is cut', () => {
    const plan = planOf('include', 'spec.health');
    const body = list('7', [
      ciliumNode(3),
      { ...ciliumNode(4), metadata: { name: 'two', resourceVersion: '4' } },
    ]);
    for (let at = 1; at < body.length; at++) {
      const { resourceVersion, snapshot } = tapped(body, plan, [at]) ?? assert.fail(`cut at ${at}`);
      assert.deepEqual([resourceVersion, [...snapshot.held.keys()]], ['7', ['one', 'two']]);
    }
  });

  test('a list of anything else, of two kinds or cut off, is none of it (I1)', () => {
    const plan = planOf('include', 'spec.health');
    const good = list('7', [ciliumNode(3)]).toString();
    assert.notEqual(tapped(Buffer.from(good), plan), undefined);
    for (const bad of [
      good.replace('CiliumNodeList', 'CiliumEndpointList'),
      good.replace('"kind":"CiliumNodeList",', ''),
      good.replace('"kind":"CiliumNodeList"', '"kind":"CiliumNodeList","kind":"CiliumNodeList"'),
      good.replace('"kind":"CiliumNodeList"', '"kind":"CiliumNodeList","\\u006bind":"Other"'),
      good.replace('{"apiVersion"', '{"kind":"CiliumNodeList","apiVersion"'),
      good.replace('"kind":"CiliumNodeList"', '"items":[],"kind":"CiliumNodeList"'),
      good.replace('"metadata":{"continue"', '"meta":{"continue"'),
      good.trimEnd().slice(0, -1),
      `${good}x`,
    ])
      assert.equal(tapped(Buffer.from(bad), plan), undefined, bad.slice(-120));
  });

  test('has no protobuf that could be read: such a stream passes, but one of its metadata alone is read', () => {
    const protobuf = 'application/vnd.kubernetes.protobuf';
    const asked = (resource: typeof CILIUM_NODES) => [
      watchCodingOf(`${protobuf};stream=watch`, 'gzip', resource),
      watchCodingOf('application/json', '', resource),
      listCodecOf(protobuf, resource),
      listCodecOf('application/json', resource),
    ];
    const { json } = CODECS;
    const plainJson = { codec: json, isGzipped: false };
    assert.deepEqual(asked(CILIUM_NODES), [
      { codec: undefined, isGzipped: false },
      plainJson,
      undefined,
      json,
    ]);
    assert.deepEqual(asked(metadataOnly(CILIUM_NODES)), [
      { codec: CODECS.protobuf, isGzipped: true },
      plainJson,
      CODECS.protobuf,
      json,
    ]);
    const { tally, output } = sieveChunks([Buffer.from('anything at all')], {
      encoding: 'opaque',
      resource: CILIUM_NODES,
      plan: planOf('include', 'spec.health'),
    });
    assert.equal(output.toString(), 'anything at all');
    assert.equal(counted(tally), 'other forwarded verbatim 1');
  });

  test('its bookmarks say no more than a resourceVersion (R17)', () => {
    assert.deepEqual(JSON.parse(CODECS.json.bookmark(CILIUM_NODES, '5').toString()), {
      type: 'BOOKMARK',
      object: { ...TYPE, metadata: { resourceVersion: '5' } },
    });
  });

  test('its metadata is declared, and what no plan can say is said of the rest too', () => {
    const problem = (by: 'include' | 'exclude', ...paths: string[]): string => {
      const result = made(by, paths);
      return 'problems' in result ? (result.problems[0]?.message ?? '') : '';
    };
    assert.match(problem('include', 'metadata.lables'), /there is no lables here/);
    assert.match(
      problem('include', 'spec.addresses[*]'),
      /choose fields of the elements, or the list itself/,
    );
    assert.match(problem('exclude', 'spec.a[type=b].c', 'spec.a[kind=b].c'), /by kind already/);
    assert.match(problem('include', 'spec.a.b', 'spec.a[*].b'), /another path treats this field as a list/);
  });
});
