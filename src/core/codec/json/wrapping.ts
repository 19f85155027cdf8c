/**
 * See ../wrapping.ts. Go writes an object of a built-in resource as `{"kind":...,"apiVersion":...,"metadata":...}` in
 * an event, and without the first two fields in a list. The body begins after them.
 */
import { beginsWith } from '../bytes.ts';
import { apiVersionOf, type Resource } from '../../resource/resource.ts';
import { CLOSE_BRACE } from './cursor.ts';
import type { Wrapping } from '../wrapping.ts';

const LF = 0x0a;
const TAIL = Buffer.from('}\n');
const ITEM = Buffer.from('{"metadata":{');
const BETWEEN = Buffer.from(',{');
const FIRST = Buffer.from('{');
const END = Buffer.from(']}\n');

export function jsonWrapping(resource: Resource): Wrapping {
  const { kind } = resource;
  const apiVersion = apiVersionOf(resource);
  const typeMeta = `"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`;
  const headOf = (type: string): Buffer => Buffer.from(`{"type":"${type}","object":{${typeMeta}`);
  const heads = { ADDED: headOf('ADDED'), MODIFIED: headOf('MODIFIED') };
  return {
    bodyInFrame(bytes, start, end) {
      const head = Object.values(heads).find((one) => beginsWith(bytes, start, end, one));
      const isWhole =
        bytes[end - 1] === LF && bytes[end - 2] === CLOSE_BRACE && bytes[end - 3] === CLOSE_BRACE;
      return head === undefined || !isWhole ? undefined : bytes.subarray(start + head.length, end - 2);
    },
    bodyInItem: (bytes, start, end) =>
      beginsWith(bytes, start, end, ITEM) ? bytes.subarray(start + FIRST.length, end) : undefined,
    frame: (type, body) => Buffer.concat([heads[type], body, TAIL]),
    list(resourceVersion, bodies) {
      const head = { kind: `${kind}List`, apiVersion, metadata: { resourceVersion } };
      const pieces: Buffer[] = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`)];
      for (const body of bodies) pieces.push(pieces.length === 1 ? FIRST : BETWEEN, body);
      pieces.push(END);
      return pieces;
    },
  };
}
