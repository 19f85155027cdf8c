/**
 * A Node's status, annotations and most labels are written by its kubelet, which may be hostile: whatever stands in these
 * strings, a change of what counts arrives (R15), and nothing that stands behind the large parts is overlooked.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NODES } from '../../../src/core/resource/node.ts';
import {
  customProjection,
  type ProjectionDefinition,
} from '../../../src/core/projection/custom-projection.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import type { FieldsPlan } from '../../../src/core/projection/plan.ts';
import { assertEachArrives, listedFingerprints } from '../../support/arrivals.ts';
import { jsonFrame } from '../../support/encode.ts';
import { counted, frameSieve } from '../../support/frame-sieves.ts';

const METALLB = planOf('metallb');

function planFor(definition: ProjectionDefinition): FieldsPlan {
  const made = customProjection(NODES, 'mine', definition);
  if ('problems' in made) assert.fail(made.problems.map(({ message }) => message).join('\n'));
  return made.projection.plan;
}

const EXAMPLE = planFor({
  by: 'exclude',
  paths: ['metadata.managedFields', 'status.images', 'status.conditions[*].lastHeartbeatTime'],
});

/** As Go writes it: every field in the order of its declaration. */
function goNode(parts: { metadata?: object; spec?: object; status?: object } = {}) {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name: 'node-1',
      uid: 'u1',
      resourceVersion: '7',
      labels: { zone: 'a' },
      annotations: { a: 'b' },
      managedFields: [{ manager: 'kubelet', operation: 'Update', fieldsV1: { 'f:status': {} } }],
      ...parts.metadata,
    },
    spec: { podCIDR: '10.0.0.0/24', ...parts.spec },
    status: {
      capacity: { cpu: '4' },
      allocatable: { cpu: '3' },
      conditions: [condition('NetworkUnavailable', 'False'), condition('Ready', 'True')],
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: { machineID: 'm', kernelVersion: '6' },
      images: [
        { names: ['registry/a@sha256:1', 'registry/a:1'], sizeBytes: 3 },
        { names: ['registry/b:1'], sizeBytes: 2 },
      ],
      ...parts.status,
    },
  };
}

function condition(type: string, status: string, more: object = {}): object {
  return {
    type,
    status,
    lastHeartbeatTime: '2026-01-01T00:00:00Z',
    lastTransitionTime: '2026-01-01T00:00:00Z',
    reason: 'r',
    message: 'm',
    ...more,
  };
}

type Parts = Parameters<typeof goNode>[0];
const states = (...parts: readonly Parts[]): Buffer[] =>
  parts.map((part) => jsonFrame('MODIFIED', goNode(part)));

/** What a kubelet may put anywhere to look like the end of something. */
const ENDS = [
  '}',
  '"}',
  '"},',
  '],"',
  ']},"spec":{',
  '}]',
  '}],"',
  '}]}}}',
  '],',
  '},',
  '{',
  '[',
  ',',
  ':',
  '\\',
  '\\"',
];

describe('the status of a condition', () => {
  for (const end of ENDS)
    test(`that begins with ${end}`, () => {
      const of = (rest: string): Parts => ({
        status: { conditions: [condition('NetworkUnavailable', end + rest), condition('Ready', 'True')] },
      });
      assertEachArrives('json', METALLB, states(of('a'), of('b'), of('True'), of(''), {}));
    });
});

describe('strings around what counts', () => {
  const places: Record<string, (text: string) => Required<NonNullable<Parts>>> = {
    'an annotation': (text) => ({
      metadata: { annotations: { a: text, b: `x${text}` } },
      spec: {},
      status: {},
    }),
    'a manager': (text) => ({ metadata: { managedFields: [{ manager: text }] }, spec: {}, status: {} }),
    'a taint': (text) => ({ metadata: {}, spec: { taints: [{ key: text, effect: text }] }, status: {} }),
    'the name of a quantity': (text) => ({ metadata: {}, spec: {}, status: { capacity: { [text]: '1' } } }),
    'a message': (text) => ({
      metadata: {},
      spec: {},
      status: {
        conditions: [
          condition('Ready', text, { reason: text, message: text }),
          condition('NetworkUnavailable', 'False', { reason: text, message: text }),
        ],
      },
    }),
    'an address': (text) => ({
      metadata: {},
      spec: {},
      status: {
        addresses: [
          { type: text, address: text },
          { type: 'InternalIP', address: text },
        ],
      },
    }),
    'a kernel': (text) => ({
      metadata: {},
      spec: {},
      status: { nodeInfo: { machineID: text, bootID: `x${text}` } },
    }),
    'an image': (text) => ({
      metadata: {},
      spec: {},
      status: { images: [{ names: [text, `x${text}`], sizeBytes: 1 }, { names: [`y${text}`] }] },
    }),
    'a volume': (text) => ({ metadata: {}, spec: {}, status: { volumesInUse: [text, `x${text}`] } }),
  };
  for (const [place, partsOf] of Object.entries(places))
    test(place, () => {
      for (const end of ENDS) {
        const { metadata, spec, status } = partsOf(end);
        const conditions = Reflect.get(status, 'conditions') as readonly object[] | undefined;
        const unavailable = (conditions ?? [condition('NetworkUnavailable', 'False')]).map((one) =>
          Reflect.get(one, 'type') === 'NetworkUnavailable' ? { ...one, status: 'True' } : one,
        );
        const all = states(
          { metadata, spec, status },
          { metadata: { ...metadata, labels: { zone: 'b' } }, spec, status },
          { metadata, spec: { ...spec, unschedulable: true }, status },
          { metadata, spec, status: { ...status, conditions: unavailable } },
        );
        assertEachArrives('json', METALLB, all);
        assertEachArrives('json', EXAMPLE, all);
      }
    });
});

describe('what stands behind the images', () => {
  const later: Record<string, unknown> = {
    volumesInUse: ['v'],
    volumesAttached: [{ name: 'v', devicePath: 'd' }],
    config: { error: 'e' },
    runtimeHandlers: [{ name: '', features: { userNamespaces: true } }],
    features: { supplementalGroupsPolicy: true },
    declaredFeatures: ['f'],
    fieldOfANewerServer: { a: [{ b: 'c' }] },
  };
  for (const [name, value] of Object.entries(later))
    test(`${name} counts where only the images are left out`, () => {
      const changed = { status: { [name]: value } };
      assertEachArrives('json', EXAMPLE, states({}, changed, {}));
      const [before, after] = [{}, changed].map((parts) => {
        const { kind: _, apiVersion: __, ...item } = goNode(parts);
        return listedFingerprints(EXAMPLE, [item])[0];
      });
      assert.ok(before !== undefined && after !== undefined && before !== after, 'in a LIST');
    });

  const text = jsonFrame('MODIFIED', goNode()).toString();
  const [head, tail] = [text.slice(0, -4), '}}}\n'];
  const again: Record<string, string> = {
    metadata: `${head}},"metadata":{"name":"node-1","labels":{"zone":"b"}}}}\n`,
    spec: `${head}},"spec":{"unschedulable":true}}}\n`,
    status: `${head}},"status":{"conditions":[{"type":"NetworkUnavailable","status":"True"}]}}}\n`,
    conditions: `${head},"conditions":[{"type":"NetworkUnavailable","status":"True"}]${tail}`,
    addresses: `${head},"addresses":[]${tail}`,
    object: `${head}}},"object":{"x":{"y":{}}}}\n`,
  };
  for (const [name, line] of Object.entries(again))
    test(`a second ${name} arrives: where a plan names it, it is doubt`, () => {
      const { frames, tally } = frameSieve({ plan: METALLB });
      for (const bytes of [text, text, line, line, line]) frames.push(Buffer.from(bytes), [], 0);
      assert.equal(
        counted(tally),
        'MODIFIED forwarded first_seen 1; MODIFIED forwarded undecodable 3; MODIFIED swallowed unchanged 1',
      );
      const other = frameSieve({ plan: EXAMPLE });
      const out: Buffer[] = [];
      other.frames.push(Buffer.from(text + text + line), out, 0);
      assert.equal(Buffer.concat(out).toString(), text + line);
    });
});
