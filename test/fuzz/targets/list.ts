/**
 * Bodies of lists through the tap: what it says of a list it understood is what a decoder finds in the whole body, and
 * no chunking changes that (R16). A list that a server spells is understood, with the fingerprints that a watch of the
 * same objects would have.
 */
import assert from 'node:assert/strict';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { fingerprintOf } from '../../../src/core/sieve/fingerprint.ts';
import { ListTap } from '../../../src/core/sieve/list-tap.ts';
import { JsonScanner } from '../../../src/core/codec/json/scanner.ts';
import { ProtobufScanner } from '../../../src/core/codec/protobuf/scanner.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { bytesField, jsonFrame, protobufFrame, stringField } from '../../support/encode.ts';
import type { TestEncoding } from '../../support/sieving.ts';
import { editedJson } from '../json-edit.ts';
import { chunked, mutate } from '../mutate.ts';
import { type Lens, LENSES, lensOf } from '../lenses.ts';
import { randomNode } from '../nodes.ts';
import { joined, parted } from '../parts.ts';
import { fieldsOf, keyOf, listOf } from '../projection.ts';
import { editedMessage } from '../protobuf-edit.ts';
import { nodeBytes } from '../protobuf-oracle.ts';
import { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { DECODERS } from './decoders.ts';
import { WORDS } from './vary-frame.ts';

const NOTHING = Buffer.alloc(0);
const MAGIC = Buffer.from('k8s\0', 'latin1');
const EVENT_BEFORE = Buffer.from('{"type":"ADDED","object":').length;
const EVENT_BEHIND = Buffer.from('}\n').length;

/** What the tap has learnt; undefined: nothing. */
type Learnt = ReturnType<ListTap['finish']>;

export function listTarget(encoding: TestEncoding): Target {
  return {
    name: `list-${encoding}`,
    promises: ['snapshot', 'nothing', 'understood as a server spells it'],
    make(random) {
      const nodes = Array.from({ length: random.below(4) }, (_item, i) => {
        const node = randomNode(random);
        return { ...node, metadata: { ...node.metadata, name: `node-${i}` } };
      });
      const next = random.oneIn(8) ? 'page-2' : '';
      const lens = random.below(LENSES.length);
      // As many fingerprints before the body as it has items: those of a watch.
      const frames = nodes.map((node) => (encoding === 'json' ? jsonFrame : protobufFrame)('ADDED', node));
      const expected =
        next === ''
          ? frames.map((frame, i) => `node-${i} ${watched(encoding, lensOf(lens), frame)}`).join('\n')
          : '-';
      const body = (encoding === 'json' ? jsonBody : protobufBody)(frames, next);
      return joined([Buffer.from([1, random.next() & 0xff, lens]), Buffer.from(expected), body]);
    },
    vary(input, random, others) {
      const [, , body = NOTHING] = parted(input, 3);
      return joined([
        Buffer.from([0, random.next() & 0xff, random.below(LENSES.length)]),
        NOTHING,
        varied(encoding, body, random, others),
      ]);
    },
    check(input) {
      const [header = NOTHING, expected = NOTHING, body = NOTHING] = parted(input, 3);
      const lens = lensOf(header[2]);
      const whole = tapped(encoding, lens, [body]);
      const pieces = chunked(body, new Random(header[1] ?? 0, body.length));
      const inPieces = tapped(encoding, lens, pieces);
      // How an odd list is cut may decide whether it is understood, for what no server writes is read over only where all
      // of it is there; never what a list says that its client can read.
      const isStrict = header[0] === 1 || (inPieces !== undefined && whole !== undefined);
      if (isStrict && decoded(encoding, body) !== undefined)
        assert.deepEqual(inPieces, whole, `in ${pieces.length} chunks`);
      if (header[0] === 1) {
        if (expected.toString() === '-') assert.equal(whole, undefined);
        else assert.equal(shown(whole), expected.toString());
        return 'understood as a server spells it';
      }
      if (whole === undefined) return 'nothing';
      return isRead(encoding, body, whole) ? 'snapshot' : 'snapshot, though no decoder reads it';
    },
  };
}

function tapped(encoding: TestEncoding, { plan }: Lens, chunks: readonly Buffer[]): Learnt {
  const tap = new ListTap({ codec: CODECS[encoding], resource: NODES, plan }, { passAt: () => 1 });
  for (const chunk of chunks) {
    const borrowed = Buffer.from(chunk);
    tap.push(borrowed, 0);
    borrowed.fill(0xff);
  }
  return tap.finish();
}

function shown(learnt: Learnt): string {
  assert.ok(learnt !== undefined, 'a list as a server spells it is understood');
  return [...learnt.snapshot.held].map(([name, { fingerprint }]) => `${name} ${fingerprint}`).join('\n');
}

function watched(encoding: TestEncoding, { plan }: Lens, frame: Buffer): string {
  const scanner = encoding === 'json' ? new JsonScanner(NODES, plan) : new ProtobufScanner(NODES, plan);
  const event = new WatchEvent();
  scanner.scan(frame, 0, frame.length, event);
  assert.equal(event.understanding, 'projected');
  return fingerprintOf(event.canonical.view());
}

/** Compares what was learnt with the decoded list. @returns whether there is one */
function isRead(encoding: TestEncoding, body: Buffer, learnt: NonNullable<Learnt>): boolean {
  const list = decoded(encoding, body);
  if (list === undefined) return false;
  const metadata = fieldsOf(list['metadata']);
  assert.equal(list['kind'], 'NodeList');
  assert.equal(list['apiVersion'], 'v1');
  assert.equal(metadata['resourceVersion'] ?? '', learnt.resourceVersion);
  assert.equal(metadata['continue'] ?? '', '', 'a page of several is no snapshot');
  const names = listOf(list['items']).map((item) => keyOf(fieldsOf(fieldsOf(item)['metadata'])));
  // An object that was not understood is left out; it then passes with its next event.
  for (const name of learnt.snapshot.held.keys()) assert.ok(names.includes(name), `no ${name} was listed`);
  return true;
}

function jsonBody(frames: readonly Buffer[], next: string): Buffer {
  const items = frames.map((frame) =>
    frame
      .subarray(EVENT_BEFORE, frame.length - EVENT_BEHIND)
      .toString()
      .replace('"kind":"Node","apiVersion":"v1",', ''),
  );
  const metadata = JSON.stringify({ resourceVersion: '7', ...(next === '' ? {} : { continue: next }) });
  return Buffer.from(
    `{"kind":"NodeList","apiVersion":"v1","metadata":${metadata},"items":[${items.join(',')}]}\n`,
  );
}

function protobufBody(frames: readonly Buffer[], next: string): Buffer {
  const metadata = [stringField(1, ''), stringField(2, '7'), stringField(3, next)];
  const list = [
    bytesField(1, Buffer.concat(metadata)),
    ...frames.map((frame) => bytesField(2, nodeBytes(frame))),
  ];
  return Buffer.concat([
    MAGIC,
    bytesField(1, Buffer.concat([stringField(1, 'v1'), stringField(2, 'NodeList')])),
    bytesField(2, Buffer.concat(list)),
    stringField(3, ''),
    stringField(4, ''),
  ]);
}

function varied(encoding: TestEncoding, body: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  const edited = random.oneIn(4)
    ? undefined
    : (encoding === 'json' ? editedJson : editedMessage)(body, random);
  return edited ?? mutate(body, random, WORDS[encoding], parted(random.pick(others), 3));
}

function decoded(encoding: TestEncoding, body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    return DECODERS[encoding].list(body);
  } catch {
    return undefined;
  }
}
