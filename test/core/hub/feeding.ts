/** Epochs made by hand, of Nodes that are named and changed in a word. */
import assert from 'node:assert/strict';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { Epoch } from '../../../src/core/hub/epoch.ts';
import { type Listing, ListingReader } from '../../../src/core/hub/listing.ts';
import type { Reader } from '../../../src/core/hub/reader.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import { NODES } from '../../../src/core/resource/node.ts';

export const codec = CODECS.json;
const wrapping = codec.wrapping(NODES) ?? assert.fail('no wrapping');
const reading = { codec, resource: NODES, plan: planOf('labels'), wrapping, passAt: () => Infinity };

export interface Made {
  readonly name: string;
  readonly resourceVersion: string;
  readonly label?: string;
  readonly beat?: number;
  readonly uid?: string;
}

const itemOf = ({ name, resourceVersion, label = 'a', beat = 0, uid = `uid-${name}` }: Made): object => ({
  metadata: { name, uid, resourceVersion, labels: { label } },
  spec: {},
  status: { beat: String(beat) },
});

export function frameOf(type: string, made: Made): Buffer {
  return Buffer.from(
    `${JSON.stringify({ type, object: { kind: 'Node', apiVersion: 'v1', ...itemOf(made) } })}\n`,
  );
}

export const bookmarkOf = (resourceVersion: string): Buffer => codec.bookmark(NODES, resourceVersion);

export function listBody(resourceVersion: string, nodes: readonly Made[], kind = 'NodeList'): Buffer {
  const items = nodes.map(itemOf);
  return Buffer.from(`${JSON.stringify({ kind, apiVersion: 'v1', metadata: { resourceVersion }, items })}\n`);
}

export function listingOf(body: Buffer, maxBytes = Infinity): Listing | undefined {
  const reader = new ListingReader({ ...reading, maxBytes });
  reader.push(body);
  return reader.finish(0);
}

export function epochOf(
  resourceVersion: string,
  nodes: readonly Made[],
  { from = resourceVersion, maxStoreBytes = Infinity, maxBytes = Infinity } = {},
): Epoch {
  const listing = listingOf(listBody(resourceVersion, nodes)) ?? assert.fail('not understood');
  const limits = { maxBytes, maxAgeMs: Infinity, maxStoreBytes };
  return new Epoch({ ...reading, limits }, listing, from);
}

export function feed(epoch: Epoch, ...frames: readonly Buffer[]): void {
  epoch.read(codec.splitter(1024 * 1024), Buffer.concat(frames));
}

/** What a reader is sent next: type, name, resourceVersion. */
export function taken(reader: Reader | string): string[] {
  assert.ok(typeof reader !== 'string', 'no reader');
  const out: Buffer[] = [];
  const how = reader.take(out, Infinity);
  return [...wordsOf(out), how];
}

export function wordsOf(frames: readonly Buffer[]): string[] {
  return frames.map((frame) => {
    const { type, object } = JSON.parse(frame.toString()) as {
      type: string;
      object: { metadata: { name?: string; resourceVersion: string; annotations?: object } };
    };
    const { name = '', resourceVersion, annotations } = object.metadata;
    return `${type} ${name}@${resourceVersion}${annotations === undefined ? '' : ' end'}`;
  });
}
