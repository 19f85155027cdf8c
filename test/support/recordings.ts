/** Files as `watchsieve record` makes them. */
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { FORMAT, frameBytes, headBytes } from '../../src/lab/recording/format.ts';
import { jsonFrame } from './encode.ts';
import { node } from './sieving.ts';

/** MODIFIED events of {@link twoNodes}, and how many of them change what MetalLB reads. */
export const MODIFIED = 100;
export const CHANGES = 2;
const CHANGED = [40, 70] as const;

/** A second of two Nodes: an event each 10 ms, all of them heartbeats but one with another label and one with another condition. */
export async function twoNodes(file: string, path = '/api/v1/nodes'): Promise<void> {
  const end = { 'k8s.io/initial-events-end': 'true' };
  const bookmark = { kind: 'Node', apiVersion: 'v1', metadata: { resourceVersion: '2', annotations: end } };
  const frames = [
    frameBytes(0, jsonFrame('ADDED', state(1, 1))),
    frameBytes(0, jsonFrame('ADDED', state(2, 2))),
    frameBytes(0, Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object: bookmark })}\n`)),
    ...Array.from({ length: MODIFIED }, (_, i) => {
      const version = 3 + i;
      const number = version === CHANGED[0] ? 1 : version === CHANGED[1] ? 2 : 1 + (i % 2);
      return frameBytes(10 * i, jsonFrame('MODIFIED', state(number, version)));
    }),
  ];
  const head = { format: FORMAT, madeBy: 'test', at: '', path, isRedacted: false } as const;
  await writeFile(file, gzipSync(Buffer.concat([headBytes(head), ...frames])));
}

function state(number: number, version: number) {
  const [label, condition] = [number === 1 && version >= CHANGED[0], number === 2 && version >= CHANGED[1]];
  return node({
    metadata: {
      name: `node-${number}`,
      resourceVersion: String(version),
      labels: { zone: label ? 'b' : 'a' },
    },
    status: {
      conditions: [
        { type: 'NetworkUnavailable', status: condition ? 'True' : 'False' },
        { type: 'Ready', status: 'True', lastHeartbeatTime: new Date(version * 1000).toISOString() },
      ],
    },
  });
}
