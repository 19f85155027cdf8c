/**
 * Who else owns MetalLB's manifests (R34): every way to put the sidecar on, and all who may apply MetalLB later, on a
 * real API server. The table of docs/gitops.md is what this has seen.
 */

import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import { createNamespace } from '../chart/pods.ts';
import { Matrix } from '../owners/matrix.ts';
import { proveTable } from '../owners/table.ts';
import { toolsIn } from '../owners/tools.ts';
import { NAMESPACE } from '../owners/speaker.ts';
import { type Way, waysOf } from '../owners/ways.ts';
import type { Rig, Scenario } from './scenario.ts';

export const ownersScenario: Scenario = { title: 'who else applies MetalLB', run: prove };

async function prove(rig: Rig): Promise<void> {
  await createNamespace(rig.cluster, NAMESPACE);
  const tools = await toolsIn(rig, await mkdtemp(join(rig.cluster.folder, 'owners-')));
  const all = await waysOf(tools);
  const ways = whoseTurnItIs(all, rig.sample);
  const matrix = new Matrix(tools);
  try {
    for (const way of ways) await matrix.prove(way);
    if (rig.sample === undefined)
      for (const helm of [tools.helm3, tools.helm4]) await matrix.proveRollback(helm);
  } finally {
    for (const way of all) await way.end?.();
  }
  await rig.report.check('docs/gitops.md has the rows of this; UPDATE_DOCS=1 writes it', () =>
    proveTable(ways, matrix.cells, rig.sample === undefined),
  );
}

/** All of them, or two: each way has its turn within as many runs as there are ways. */
function whoseTurnItIs(ways: readonly Way[], sample: number | undefined): readonly Way[] {
  if (sample === undefined) return ways;
  return ways.filter((_, i) => [0, 3].some((step) => i === (sample + step) % ways.length));
}
