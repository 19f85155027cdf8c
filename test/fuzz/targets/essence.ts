/**
 * Two frames of one Node, `a` and `b`: if their essences are equal, and the scanner understands `a`, then a decoder finds
 * the same projection in both, and of `b` the name, the resourceVersion and the type that its essence stands for.
 */
import assert from 'node:assert/strict';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import { essenceReaderFor } from '../../../src/core/codec/essence.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { escapedLikeGo } from '../../support/encode.ts';
import { fixture, jsonFrames, protobufFrames } from '../../support/fixtures.ts';
import type { TestEncoding } from '../../support/sieving.ts';
import { serverFrame } from '../../support/whole-node.ts';
import { LENSES } from '../lenses.ts';
import { laterNode, randomNode } from '../nodes.ts';
import { joined, parted } from '../parts.ts';
import { fieldsOf, keyOf } from '../projection.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { DECODERS, type DecodedEvent } from './decoders.ts';
import { variedFrame } from './vary-frame.ts';

type TestNode = ReturnType<typeof randomNode>;

const COVERED = LENSES.filter(({ plan }) => essenceReaderFor(CODECS.json, NODES, plan) !== undefined);
const NOTHING = Buffer.alloc(0);

export function essenceTarget(encoding: TestEncoding): Target {
  const plan = planOf('metallb');
  const scanner = CODECS[encoding].scanner(NODES, plan);
  const reader = essenceReaderFor(CODECS[encoding], NODES, plan);
  const event = new WatchEvent();
  const recorded =
    encoding === 'json' ? jsonFrames(fixture('watch.json')) : protobufFrames(fixture('watch.pb'));
  return {
    name: `essence-${encoding}`,
    promises: ['equal', 'different', 'none'],
    make(random) {
      if (random.oneIn(50)) return joined([random.pick(recorded), random.pick(recorded)]);
      const a = known(random, randomNode(random), 1);
      const b = known(random, laterNode(random, a), 2);
      return joined([serverFrame(encoding, 'MODIFIED', a), serverFrame(encoding, 'MODIFIED', b)]);
    },
    vary(input, random, others) {
      const [a = NOTHING, b = NOTHING] = parted(input, 2);
      const from = random.oneIn(2) ? a : b;
      return joined([a, variedFrame(encoding, from, random, parted(random.pick(others), 2))]);
    },
    check(input) {
      const [a = NOTHING, b = NOTHING] = parted(input, 2);
      if (reader?.read(a, 0, a.length) !== true) return 'none';
      const essence = Buffer.from(reader.bytes.subarray(0, reader.length));
      if (!reader.read(b, 0, b.length)) return 'none';
      if (!essence.equals(reader.bytes.subarray(0, reader.length))) return 'different';
      scanner.scan(a, 0, a.length, event);
      if (event.understanding !== 'projected') return 'not understood';
      const [first, second] = [decode(encoding, a), decode(encoding, b)];
      if (first === undefined || second === undefined) return 'equal, though no decoder reads it';
      if (encoding === 'json' && !isOfJsonServer(b)) return 'equal, though no server writes it';
      for (const lens of COVERED)
        assert.equal(
          lens.meaning(encoding, b, second),
          lens.meaning(encoding, a, first),
          `${lens.name}: wrongly equal`,
        );
      const metadata = fieldsOf(second.object['metadata']);
      assert.deepEqual([second.type, second.kind], ['MODIFIED', 'Node']);
      assert.deepEqual([reader.key, reader.resourceVersion], [keyOf(metadata), metadata['resourceVersion']]);
      return 'equal';
    },
  };
}

/** One Node of this name, mostly without what follows annotations. */
function known(random: Random, node: TestNode, resourceVersion: number): TestNode {
  const { ownerReferences: _, finalizers: __, ...most } = node.metadata;
  const metadata = random.oneIn(8) ? node.metadata : most;
  return {
    ...node,
    metadata: { ...metadata, name: 'node-1', uid: 'u1', resourceVersion: String(resourceVersion) },
  };
}

/**
 * The facts about kube-apiserver's JSON on which its reader rests: each field once, strings where the API has strings, and
 * no list inside managedFields (src/core/codec/json/shortcuts.ts says why there is none).
 */
function isOfJsonServer(frame: Buffer): boolean {
  const text = frame.toString();
  const event: unknown = JSON.parse(text);
  const { metadata, status } = fieldsOf(fieldsOf(event)['object']);
  const { conditions, addresses, daemonEndpoints: _, ...others } = fieldsOf(status);
  if (!Array.isArray(conditions) || !Array.isArray(addresses)) return false;
  const objects: unknown[] = [fieldsOf(metadata)['annotations']];
  for (const list of [conditions, addresses]) for (const item of list) objects.push(item as unknown);
  objects.push(...Object.values(others).filter(isObject));
  const isFlat = objects.every(
    (object) =>
      object === undefined ||
      (isObject(object) &&
        // A zero time is null.
        Object.values(object).every((value) => typeof value === 'string' || value === null)),
  );
  const managedFields = fieldsOf(metadata)['managedFields'] ?? [];
  if (!Array.isArray(managedFields) || managedFields.some(holdsList)) return false;
  // A key that stands twice is read once, and so written once; and no letter is spelled as an escape that Go does not use.
  const written = `${JSON.stringify(event)}\n`;
  return isFlat && (text === escapedLikeGo(written) || text === written);
}

function holdsList(value: unknown): boolean {
  if (Array.isArray(value)) return true;
  return isObject(value) && Object.values(value).some(holdsList);
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function decode(encoding: TestEncoding, frame: Buffer): DecodedEvent | undefined {
  try {
    return DECODERS[encoding].event(frame);
  } catch {
    return undefined;
  }
}
