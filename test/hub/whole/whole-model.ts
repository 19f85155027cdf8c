import type { Explorable } from '../explore.ts';
import { arbitraryWholeRun } from './actions.ts';
import type { WholeStats } from './whole-stats.ts';
import { type WholeRun, WholeWorld } from './whole-world.ts';

export const wholeModel = (stats: WholeStats): Explorable<WholeRun> => ({
  runs: arbitraryWholeRun,
  play: ({ config, actions }) => new WholeWorld(config, stats).play(actions),
});
