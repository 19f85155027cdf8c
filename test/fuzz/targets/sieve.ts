/**
 * Whole streams through splitter, scanner and sieve: any chunking gives the same (R7), the output is upstream's bytes
 * without some frames (I3), and each of those is a MODIFIED with the projection that its client holds (I2, I5).
 */
import assert from 'node:assert/strict';
import { jsonFrame, protobufFrame } from '../../support/encode.ts';
import { counted, sieveChunks, type Sieved } from '../../support/frame-sieves.ts';
import { jsonFrames } from '../../support/fixtures.ts';
import type { TestEncoding } from '../../support/sieving.ts';
import { chunked, mutate } from '../mutate.ts';
import { type Lens, lensOf } from '../lenses.ts';
import { laterNode, randomNode } from '../nodes.ts';
import { joined, parted } from '../parts.ts';
import { fieldsOf } from '../projection.ts';
import { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { DECODERS, type DecodedEvent } from './decoders.ts';
import { variedFrame, WORDS } from './vary-frame.ts';

const TYPES = [
  'ADDED',
  'MODIFIED',
  'MODIFIED',
  'MODIFIED',
  'MODIFIED',
  'DELETED',
  'BOOKMARK',
  'ERROR',
  'STRANGE',
];
const LIMITS = [1024, 2048, 16 * 1024 * 1024];
const NOTHING = Buffer.alloc(0);

export function sieveTarget(encoding: TestEncoding): Target {
  return {
    name: `sieve-${encoding}`,
    promises: ['passed', 'swallowed', 'torn'],
    make(random) {
      const header = Buffer.from([random.next() & 0xff, random.next() & 0xff, random.next() & 0xff]);
      let node = randomNode(random);
      const frames = Array.from({ length: 1 + random.below(6) }, () => {
        node = random.oneIn(5) ? randomNode(random) : laterNode(random, node);
        return (encoding === 'json' ? jsonFrame : protobufFrame)(random.pick(TYPES), node);
      });
      return joined([header, Buffer.concat(frames)]);
    },
    vary(input, random, others) {
      const [header = NOTHING, stream = NOTHING] = parted(input, 2);
      if (random.oneIn(3)) return joined([header, mutate(stream, random, WORDS[encoding], others)]);
      const frames = framesOf(encoding, stream);
      const at = random.below(frames.length + 1);
      const frame = frames[at] ?? NOTHING;
      const by = random.oneIn(4) ? [frame, frame] : [variedFrame(encoding, frame, random, others)];
      return joined([header, Buffer.concat([...frames.slice(0, at), ...by, ...frames.slice(at + 1)])]);
    },
    check(input) {
      const [header = NOTHING, stream = NOTHING] = parted(input, 2);
      const lens = lensOf(header[0]);
      const maxFrameBytes = LIMITS[(header[1] ?? 0) % LIMITS.length] ?? 1024;
      const options = { encoding, plan: lens.plan, maxFrameBytes };
      const whole = sieveChunks([stream], options);
      const chunks = chunked(stream, new Random(header[2] ?? 0, stream.length));
      const pieces = sieveChunks(chunks, options);
      assert.ok(pieces.output.equals(whole.output), `other output in ${chunks.length} chunks`);
      assert.equal(counted(pieces.tally), counted(whole.tally));
      assert.equal(pieces.torn, whole.torn);
      explained(encoding, lens, framesOf(encoding, stream), whole);
      if (whole.torn) return 'torn';
      return whole.tally.eventsOf('swallowed') > 0 ? 'swallowed' : 'passed';
    },
  };
}

/** Frames by their framing alone; what is left at the end is one. */
function framesOf(encoding: TestEncoding, stream: Buffer): Buffer[] {
  if (encoding === 'json') return jsonFrames(stream);
  const frames: Buffer[] = [];
  for (let at = 0; at < stream.length;) {
    const end = at + 4 + (stream.length - at < 4 ? 0 : stream.readUInt32BE(at));
    frames.push(stream.subarray(at, end));
    at = end;
  }
  return frames;
}

/** Walks the output along the frames: each that is missing must be a no-op to who has received those before it. */
function explained(
  encoding: TestEncoding,
  lens: Lens,
  frames: readonly Buffer[],
  { output, torn }: Sieved,
): void {
  const held = new Map<unknown, string>();
  // Whether all frames so far could be decoded. Damage in parts that are skipped is not looked for; see scan.ts.
  let isKnown = true;
  let at = 0;
  for (const [i, frame] of frames.entries()) {
    const isPassed = output.subarray(at, at + frame.length).equals(frame);
    if (isPassed) at += frame.length;
    else if (torn && i === frames.length - 1) break;
    const event = decodedOrNot(encoding, frame);
    if (event === undefined) {
      isKnown = false;
      held.clear();
      continue;
    }
    const { namespace = '', name: own } = fieldsOf(event.object['metadata']);
    const name = JSON.stringify([namespace, own]);
    const projection = lens.meaning(encoding, frame, event);
    if (!isPassed) {
      assert.equal(event.type, 'MODIFIED', 'only MODIFIED is swallowed');
      if (isKnown || held.has(name))
        assert.equal(projection, held.get(name), `${lens.name}: a change was swallowed`);
    }
    if (event.type === 'DELETED') held.delete(name);
    else if (event.type === 'ADDED' || event.type === 'MODIFIED') held.set(name, projection);
  }
  assert.equal(at, output.length, 'bytes that upstream did not send');
}

function decodedOrNot(encoding: TestEncoding, frame: Buffer): DecodedEvent | undefined {
  try {
    return DECODERS[encoding].event(frame);
  } catch {
    return undefined;
  }
}
