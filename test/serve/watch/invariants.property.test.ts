import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { planOf, type PresetName } from '../../../src/core/projection/presets.ts';
import { arbitraryNode, type TestNode } from '../../support/arbitrary-node.ts';
import { jsonFrames, protobufFrames } from '../../support/fixtures.ts';
import { often, runs } from '../../support/property-runs.ts';
import { cutAt, frameSieve } from '../../support/frame-sieves.ts';
import { PLANNED, project } from '../../support/projections.ts';
import { BOTH, frame, type TestEncoding } from '../../support/sieving.ts';

const RUNS = runs(400);

interface TestEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR' | 'RENAMED';
  readonly node: TestNode;
  /** What makes the sieve doubt: a foreign kind, or a frame cut short inside. */
  readonly spoilt: 'no' | 'kind' | 'content';
}

/** Few nodes with few states, so that the same state comes back often. */
function histories(states: readonly TestNode[]): fc.Arbitrary<TestEvent[]> {
  return fc.array(
    fc.record({
      type: fc.oneof(
        { weight: 12, arbitrary: fc.constant('MODIFIED' as const) },
        { weight: 2, arbitrary: fc.constantFrom('ADDED' as const, 'DELETED' as const) },
        { weight: 1, arbitrary: fc.constantFrom('BOOKMARK' as const, 'ERROR' as const, 'RENAMED' as const) },
      ),
      node: fc.constantFrom(...states),
      spoilt: fc.oneof(
        { weight: 20, arbitrary: fc.constant('no' as const) },
        { weight: 1, arbitrary: fc.constantFrom('kind' as const, 'content' as const) },
      ),
    }),
    { maxLength: 40 },
  );
}

const arbitraryHistory = fc.array(arbitraryNode, { minLength: 2, maxLength: 3 }).chain((nodes) => {
  // Each state also as a heartbeat would leave it.
  const states = nodes.flatMap((node) => [
    node,
    { ...node, metadata: { ...node.metadata, resourceVersion: `${node.metadata.resourceVersion}1` } },
  ]);
  return histories(states);
});

function encode(encoding: TestEncoding, { type, node, spoilt }: TestEvent): Buffer {
  if (spoilt === 'kind') return frame(encoding, type, { ...node, kind: 'PartialNode' as unknown as 'Node' });
  if (spoilt === 'no') return frame(encoding, type, node);
  // Valid framing around an object whose metadata is none.
  const broken = { ...node, metadata: { ...node.metadata, name: '' } };
  return frame(encoding, type, broken);
}

/** An informer's store: what the client holds, by the frames that reached it. */
class Store {
  readonly held = new Map<string, TestNode>();
  apply({ type, node, spoilt }: TestEvent): void {
    if (type === 'BOOKMARK' || type === 'ERROR') return;
    if (spoilt !== 'no' || type === 'RENAMED') this.held.clear();
    else if (type === 'DELETED') this.held.delete(node.metadata.name);
    else this.held.set(node.metadata.name, node);
  }
}

function splitFrames(encoding: TestEncoding, bytes: Buffer): Buffer[] {
  return encoding === 'json' ? jsonFrames(bytes) : protobufFrames(bytes);
}

/** Runs one history in these chunks, checking the invariants after each chunk. */
function check(
  encoding: TestEncoding,
  preset: PresetName,
  events: readonly TestEvent[],
  cuts: readonly number[],
): number {
  const encoded = events.map((event) => encode(encoding, event));
  const bytes = Buffer.concat(encoded);
  const { frames, tally } = frameSieve({ encoding, plan: planOf(preset) });
  const client = new Store();
  const truth = new Store();
  const out: Buffer[] = [];
  let received = 0;
  let delivered = 0;
  let read = 0;
  for (const chunk of cutAt(
    bytes,
    cuts.map((cut) => cut % (bytes.length + 1)),
  )) {
    out.length = 0;
    frames.push(chunk, out, 0);
    received += chunk.length;
    const passed = splitFrames(encoding, Buffer.concat(out));
    for (
      let end = sum(encoded, read + 1);
      read < encoded.length && end <= received;
      end = sum(encoded, read + 1)
    ) {
      const event = events[read];
      const expected = encoded[read++];
      if (event === undefined || expected === undefined) break;
      truth.apply(event);
      if (passed[0]?.equals(expected) === true) {
        passed.shift();
        delivered++;
        client.apply(event);
        continue;
      }
      // Not delivered: I2 says what that may be.
      assert.equal(event.type, 'MODIFIED', 'I2: only MODIFIED is ever swallowed');
      assert.equal(event.spoilt, 'no', 'I1: doubt forwards');
      const held = client.held.get(event.node.metadata.name);
      assert.ok(held !== undefined, 'I2: the client must hold the object');
      assert.equal(project(preset, held), project(preset, event.node), 'I2: with an equal fingerprint');
    }
    assert.equal(passed.length, 0, 'I3: nothing that upstream did not send, in its order');
    for (const [name, node] of truth.held) {
      const held = client.held.get(name);
      assert.ok(held !== undefined && project(preset, held) === project(preset, node), `I5: ${name}`);
    }
    assert.deepEqual([...client.held.keys()].sort(), [...truth.held.keys()].sort(), 'I5: the same objects');
  }
  assert.equal(tally.eventsReceived, events.length, 'R28');
  assert.equal(tally.eventsOf('forwarded'), delivered, 'R28');
  assert.equal(tally.eventsOf('swallowed'), events.length - delivered, 'R28');
  return events.length - delivered;
}

function sum(frames: readonly Buffer[], count: number): number {
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += frames[i]?.length ?? Infinity;
  return bytes;
}

for (const encoding of BOTH)
  describe(`${encoding}: whatever upstream sends, in whatever chunks`, () => {
    for (const preset of PLANNED)
      test(`${preset}: I1, I2, I3, I5 hold after each chunk, and counts agree (R28)`, () => {
        let swallowed = 0;
        fc.assert(
          fc.property(arbitraryHistory, fc.array(fc.nat(), { maxLength: 12 }), (events, cuts) => {
            swallowed += check(encoding, preset, events, cuts);
          }),
          RUNS,
        );
        assert.ok(often(swallowed, RUNS, 1 / 4), 'the histories must hold no-ops');
      });
  });
