/**
 * Two frames of one Node, `a` and `b`, through a preset or a projection of a user's own: if a scanner finds the same canonical form in both, a decoder must find the same
 * projection in both; and what it says of type, kind, name and resourceVersion is what the decoder says. Of frames as
 * a server spells them the other direction holds as well (R14, R15).
 */
import assert from 'node:assert/strict';
import { NODES } from '../../../src/core/resource/node.ts';
import { JsonScanner } from '../../../src/core/codec/json/scanner.ts';
import { ProtobufScanner } from '../../../src/core/codec/protobuf/scanner.ts';
import { EVENT_TYPES, INITIAL_EVENTS_END, WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { jsonFrame, protobufFrame, respelled } from '../../support/encode.ts';
import type { TestEncoding } from '../../support/sieving.ts';
import { fixture, jsonFrames, protobufFrames } from '../../support/fixtures.ts';
import { type Lens, LENSES } from '../lenses.ts';
import { laterNode, randomNode } from '../nodes.ts';
import { joined, parted } from '../parts.ts';
import { fieldsOf, keyOf } from '../projection.ts';
import type { Random } from '../random.ts';
import type { Outcome, Target } from '../target.ts';
import { DECODERS, type DecodedEvent } from './decoders.ts';
import { variedFrame } from './vary-frame.ts';

/** First byte of an input: whether both frames are as kube-apiserver spells them. The second says which lens. */
const CLEAN = 1;
/** Bytes around the frame that a scanner must not look at. */
const BEFORE = Buffer.from('{"type":"ADDED"');
const AFTER = Buffer.from(']},"spec":{"a":[]}}}\n{"type');
const NOTHING = Buffer.alloc(0);
const SURROUNDED = new WatchEvent();

interface Scanning {
  readonly lens: Lens;
  readonly scanner: JsonScanner | ProtobufScanner;
  readonly ofA: WatchEvent;
  readonly ofB: WatchEvent;
}

export function scanTarget(encoding: TestEncoding): Target {
  const scannings: readonly Scanning[] = LENSES.map((lens) => ({
    lens,
    scanner: encoding === 'json' ? new JsonScanner(NODES, lens.plan) : new ProtobufScanner(NODES, lens.plan),
    ofA: new WatchEvent(),
    ofB: new WatchEvent(),
  }));
  const recorded =
    encoding === 'json' ? jsonFrames(fixture('watchlist.json')) : protobufFrames(fixture('watchlist.pb'));
  return {
    name: `scan-${encoding}`,
    promises: [
      'projected equal',
      'projected',
      'undecodable',
      'foreign',
      ...(encoding === 'json' ? ['malformed'] : []),
    ],
    make(random) {
      const lens = random.below(LENSES.length);
      const damaged = Buffer.from([0, lens]);
      if (random.oneIn(200)) {
        const frame = random.pick(recorded);
        return joined([damaged, frame, random.oneIn(2) ? frame : random.pick(recorded)]);
      }
      const a = randomNode(random);
      const b = laterNode(random, a);
      const types = random.oneIn(6) ? [...EVENT_TYPES, 'STRANGE'] : ['MODIFIED'];
      if (random.oneIn(3)) return joined([damaged, ...[a, b].map((node) => spelled(encoding, node, random))]);
      const frame = encoding === 'json' ? jsonFrame : protobufFrame;
      return joined([Buffer.from([CLEAN, lens]), frame('ADDED', a), frame(random.pick(types), b)]);
    },
    vary(input, random, others) {
      const [, a = NOTHING, b = NOTHING] = parted(input, 3);
      const from = random.oneIn(2) ? a : b;
      const varied = variedFrame(encoding, from, random, parted(random.pick(others), 3));
      return joined([Buffer.from([0, random.below(LENSES.length)]), a, varied]);
    },
    check(input) {
      const [flags = NOTHING, a = NOTHING, b = NOTHING] = parted(input, 3);
      const scanning = scannings[(flags[1] ?? 0) % scannings.length];
      assert.ok(scanning !== undefined);
      return judged(encoding, scanning, a, b, flags[0] === CLEAN);
    },
  };
}

function judged(encoding: TestEncoding, scanning: Scanning, a: Buffer, b: Buffer, isClean: boolean): Outcome {
  const { lens, scanner, ofA, ofB } = scanning;
  scanner.scan(a, 0, a.length, ofA);
  scanner.scan(b, 0, b.length, ofB);
  const isEqual = isSame(ofA, ofB);
  const isRead = ofB.understanding === 'projected' || ofB.understanding === 'foreign';
  const decodedB = isRead ? decode(encoding, b) : undefined;
  const decodedA = isEqual || isClean ? decode(encoding, a) : undefined;
  if (decodedB !== undefined) facts(ofB, decodedB);
  if (isEqual && decodedA !== undefined && decodedB !== undefined)
    assert.equal(
      lens.meaning(encoding, b, decodedB),
      lens.meaning(encoding, a, decodedA),
      `${lens.name}: wrongly equal`,
    );
  if (isClean) for (const { understanding } of [ofA, ofB]) assert.equal(understanding, 'projected');
  if (isClean && lens.isExact && decodedA !== undefined && decodedB !== undefined) {
    const isSame = lens.meaning(encoding, a, decodedA) === lens.meaning(encoding, b, decodedB);
    assert.equal(isEqual, isSame, `${lens.name}: equal ${String(isEqual)}`);
  }
  surrounded(scanner, ofB, b);
  ending(encoding, scanner, b);
  if (isEqual && decodedB === undefined) return 'equal, though no decoder reads it';
  return ofB.understanding + (isEqual ? ' equal' : '');
}

function decode(encoding: TestEncoding, frame: Buffer): DecodedEvent | undefined {
  try {
    return DECODERS[encoding].event(frame);
  } catch {
    return undefined;
  }
}

/** A frame as a server might spell it that is not kube-apiserver. */
function spelled(encoding: TestEncoding, object: ReturnType<typeof randomNode>, random: Random): Buffer {
  const choose = (n: number): number => random.below(n);
  return encoding === 'json'
    ? Buffer.from(`${respelled({ type: 'MODIFIED', object }, choose)}\n`)
    : protobufFrame('MODIFIED', object, choose);
}

function isSame(a: WatchEvent, b: WatchEvent): boolean {
  const isBoth = a.understanding === 'projected' && b.understanding === 'projected';
  return isBoth && a.key === b.key && a.canonical.view().equals(b.canonical.view());
}

/** What the scanner says of an event it understood is what the decoder says. */
function facts({ understanding, type, key, resourceVersion }: WatchEvent, decoded: DecodedEvent): void {
  const isNode = decoded.kind === 'Node' && decoded.apiVersion === 'v1';
  assert.equal(understanding, isNode ? 'projected' : 'foreign');
  if (!isNode) return;
  const metadata = fieldsOf(decoded.object['metadata']);
  assert.equal(key, keyOf(metadata));
  assert.equal(resourceVersion, metadata['resourceVersion'] ?? '');
  assert.equal(type, EVENT_TYPES.find((known) => known === decoded.type) ?? 'other');
}

/** Neither what stands before a frame nor what stands behind it plays a part. */
function surrounded(scanner: JsonScanner | ProtobufScanner, alone: WatchEvent, frame: Buffer): void {
  const event = SURROUNDED;
  scanner.scan(Buffer.concat([BEFORE, frame, AFTER]), BEFORE.length, BEFORE.length + frame.length, event);
  assert.equal(event.understanding, alone.understanding, 'looks beyond its frame');
  if (event.understanding === 'projected')
    assert.ok(event.canonical.view().equals(alone.canonical.view()), 'looks beyond its frame');
}

/** The end of the initial events is never seen where there is none (R20). */
function ending(encoding: TestEncoding, scanner: JsonScanner | ProtobufScanner, frame: Buffer): void {
  // One key in most frames that have none; those without it have nothing to say.
  if (!frame.includes('k8s.io/initial-events-end') || !scanner.endsInitialEvents(frame, 0, frame.length))
    return;
  const decoded = decode(encoding, frame);
  if (decoded === undefined) return;
  const annotations = fieldsOf(fieldsOf(decoded.object['metadata'])['annotations']);
  assert.equal(annotations[INITIAL_EVENTS_END], 'true');
}
