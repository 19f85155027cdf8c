/** A recording as the demo's cluster: what a real one sent, at the pace it had, to both clients at the same time. */
import { isRecord } from '../../platform/text/record.ts';
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

/** Of the frames those in which something differs that MetalLB reads of a Node, by an ordinary comparison. */
function changesIn(frames: readonly RecordedFrame[]): ReadonlyMap<number, DemoChange> {
  const states = new Map<string, string>();
  const changes = new Map<number, DemoChange>();
  frames.forEach(({ bytes }, index) => {
    const event = parsed(bytes);
    const [type, node] = [at(event, 'type'), at(event, 'object')];
    const metadata = at(node, 'metadata');
    const [name, resourceVersion] = [at(metadata, 'name'), at(metadata, 'resourceVersion')];
    if (typeof name !== 'string' || typeof resourceVersion !== 'string') return;
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
  const labels = at(at(node, 'metadata'), 'labels');
  const conditions = listAt(at(node, 'status'), 'conditions');
  return [
    isRecord(labels) ? Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)) : [],
    at(
      conditions.find((one) => at(one, 'type') === 'NetworkUnavailable'),
      'status',
    ),
    at(at(node, 'spec'), 'unschedulable') === true,
    listAt(at(node, 'status'), 'addresses')
      .filter((one) => at(one, 'type') === 'InternalIP')
      .map((one) => at(one, 'address')),
  ];
}

function at(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const found = at(value, key);
  return Array.isArray(found) ? found : [];
}
