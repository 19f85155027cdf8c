/** The Nodes of the bench's upstream in each encoding, made when first asked for and kept: frames and lists. */
import { gzipSync } from 'node:zlib';
import { ENCODERS } from '../../src/lab/simulator/encoding.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { BenchFrame, benchNode, resourceVersion } from '../frames.ts';

/** kube-apiserver compresses lists with the fastest level (apiserver pkg/endpoints/handlers/responsewriters). */
const GZIP_LEVEL = 1;
const ADDED = { json: '{"type":"ADDED",', protobuf: '\n\x05ADDED' } as const;
const MODIFIED = { json: '{"type":"MODIFIED",', protobuf: '\n\x08MODIFIED' } as const;
const LENGTH_PREFIX = 4;

const frames: Record<Encoding, BenchFrame[]> = { json: [], protobuf: [] };
const lists = new Map<string, Buffer>();

/** A MODIFIED frame for each of the first Nodes; none of them may be changed. */
export function modifiedFrames(encoding: Encoding, nodes: number): readonly BenchFrame[] {
  const known = frames[encoding];
  for (let index = known.length; index < nodes; index++)
    known.push(BenchFrame.of('MODIFIED', benchNode(index), encoding));
  return known.slice(0, nodes);
}

/** The same object in an ADDED frame: only what stands before the object differs. */
export function addedFrame({ bytes }: BenchFrame, encoding: Encoding): Buffer {
  const before = Buffer.from(ADDED[encoding], 'latin1');
  const skipped = MODIFIED[encoding].length;
  if (encoding === 'json') return Buffer.concat([before, bytes.subarray(skipped)]);
  const rest = bytes.subarray(LENGTH_PREFIX + skipped);
  const length = Buffer.alloc(LENGTH_PREFIX);
  length.writeUInt32BE(before.length + rest.length);
  return Buffer.concat([length, before, rest]);
}

/** The body of a LIST of the first Nodes. */
export function listBody(encoding: Encoding, nodes: number, isGzip: boolean): Buffer {
  const key = `${encoding} ${nodes} ${isGzip ? 'gzip' : 'identity'}`;
  const known = lists.get(key);
  if (known !== undefined) return known;
  const made = isGzip
    ? gzipSync(listBody(encoding, nodes, false), { level: GZIP_LEVEL })
    : ENCODERS[encoding].list(
        String(resourceVersion(nodes)),
        Array.from({ length: nodes }, (_, index) => benchNode(index)),
      );
  lists.set(key, made);
  return made;
}
