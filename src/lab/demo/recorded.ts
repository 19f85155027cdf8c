/** A recording as the demo's cluster: both clients get the events of a real cluster at the original pace. */
import { listAt, recordAt, textAt, valueAt } from '../../platform/text/json-value.ts';
import { SharedClock } from '../recording/clock.ts';
import type { RecordedFrame, Recording } from '../recording/format.ts';
import { startReplay } from '../recording/replay-server.ts';
import { Replayed } from '../recording/replayed.ts';
import type { DemoChange } from './changes.ts';
import { startServer, type DemoCluster } from './cluster.ts';

const NODES_PATH = '/api/v1/nodes';

/** Why a recording cannot be shown. */
export class NotForDemo extends Error {
  override readonly name = 'NotForDemo';
}

/** @throws NotForDemo */
export async function recordedCluster(recording: Recording): Promise<DemoCluster> {
  const { path } = recording.head;
  if (path !== NODES_PATH) throw new NotForDemo(`the demo shows Nodes, and this is a recording of ${path}`);
  const replayed = new Replayed(recording);
  const { frames, initial } = replayed;
  const clock = new SharedClock(frames, initial);
  const changes = changesIn(frames);
  const server = await startServer(({ tls, host }) => startReplay({ replayed, clock, tls, host, port: 0 }));
  const seconds = ((frames.at(-1)?.atMs ?? 0) - (frames[initial]?.atMs ?? 0)) / 1000;
  const pace = seconds > 0 ? (frames.length - initial) / seconds : frames.length - initial;
  return {
    ...server,
    title: `${replayed.objects} Nodes as recorded, ${pace.toFixed(1)} events/s`,
    barrier: undefined,
    play: (onChange) => {
      clock.begin({
        frame: (index) => {
          const change = changes.get(index);
          if (change !== undefined) onChange(change);
        },
      });
      return { ended: clock.ended, stop: () => clock.stop() };
    },
  };
}

/** The frames in which something differs that MetalLB reads of a Node, found by comparing plain values. */
function changesIn(frames: readonly RecordedFrame[]): ReadonlyMap<number, DemoChange> {
  const states = new Map<string, string>();
  const changes = new Map<number, DemoChange>();
  frames.forEach(({ bytes }, index) => {
    const event = parsed(bytes);
    const [type, node] = [textAt(event, 'type'), valueAt(event, ['object'])];
    const name = textAt(node, 'metadata', 'name');
    const resourceVersion = textAt(node, 'metadata', 'resourceVersion');
    if (name === undefined || resourceVersion === undefined) return;
    const before = states.get(name);
    const after = JSON.stringify(readByMetallb(node));
    if (type === 'DELETED') states.delete(name);
    else states.set(name, after);
    if (type === 'MODIFIED' && before !== undefined && before !== after)
      changes.set(index, { kind: 'recorded', node: name, resourceVersion });
  });
  return changes;
}

/** Undefined where it is no JSON: it is played, and nothing is known of it. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function readByMetallb(node: unknown): unknown {
  const conditions = listAt(node, 'status', 'conditions');
  return [
    Object.entries(recordAt(node, 'metadata', 'labels')).sort(([a], [b]) => (a < b ? -1 : 1)),
    textAt(
      conditions.find((one) => textAt(one, 'type') === 'NetworkUnavailable'),
      'status',
    ),
    valueAt(node, ['spec', 'unschedulable']) === true,
    listAt(node, 'status', 'addresses')
      .filter((one) => textAt(one, 'type') === 'InternalIP')
      .map((one) => textAt(one, 'address')),
  ];
}
