/** What a customer sees of a speaker: an address that is announced, withdrawn when the Node says so, and back. */

import { Speaker } from '../e2e/speaker.ts';
import type { Cluster } from './cluster.ts';
import { EXCLUDE_LABEL, type SpeakerPod } from './speaker.ts';

const NODE = 'node1';

/** Milliseconds from the change of the Node to the speaker's log line. */
export interface Reaction {
  readonly withdrawn: number;
  readonly announced: number;
}

/** Takes the Node out of use and back, in one of the two ways that a speaker knows. */
export async function reaction(
  cluster: Cluster,
  pod: SpeakerPod,
  by: 'label' | 'condition',
): Promise<Reaction> {
  const log = await pod.follow();
  try {
    const speaker = Speaker.over(log.child, 'in the cluster');
    await speaker.announced(1);
    const before = (await pod.logs('speaker')).split('"serviceWithdrawn"').length - 1;
    const set = by === 'label' ? setLabel : setCondition;
    const withdrawn = await timed(set(cluster, true), speaker.withdrawn(before + 1));
    const announced = await timed(set(cluster, false), speaker.withdrawnAndAnnounced(before + 1));
    return { withdrawn, announced };
  } finally {
    await log.stop();
  }
}

async function timed(change: Promise<void>, seen: Promise<void>): Promise<number> {
  const all = Promise.all([change, seen]);
  const start = performance.now();
  await all;
  return performance.now() - start;
}

async function setLabel(cluster: Cluster, isOut: boolean): Promise<void> {
  await cluster.kubectl('label', 'node', NODE, isOut ? `${EXCLUDE_LABEL}=true` : `${EXCLUDE_LABEL}-`);
}

async function setCondition(cluster: Cluster, isOut: boolean): Promise<void> {
  const condition = {
    type: 'NetworkUnavailable',
    status: isOut ? 'True' : 'False',
    reason: 'Test',
    message: 'test',
    lastHeartbeatTime: '2026-01-01T00:00:00Z',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const patch = JSON.stringify({ status: { conditions: [condition] } });
  await cluster.kubectl('patch', 'node', NODE, '--subresource=status', '--type=strategic', '-p', patch);
}
