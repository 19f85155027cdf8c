/** One run: a server, some clients, what is filtered, and everything that they share. All of it from one seed. */
import { NODES } from '../../src/core/resource/node.ts';
import { customProjection } from '../../src/core/projection/custom-projection.ts';
import { Memos } from '../../src/core/sieve/memo.ts';
import { PRESETS, projectionOf } from '../../src/core/projection/presets.ts';
import { Snapshots } from '../../src/core/sieve/snapshots.ts';
import type { Random } from '../fuzz/random.ts';
import { Client } from './client.ts';
import { Loss } from './loss.ts';
import { customMeaning, type Definition, type Meaning, presetMeaning } from './meaning.ts';
import { randomDefinition } from './paths.ts';
import { Server } from './server.ts';
import { Speller } from './spell.ts';
import type { Stats } from './stats.ts';
import type { Lens } from './stream.ts';

const STEPS = 60;
const MAX_EVENTS_OF_STEP = 4;
const CLIENTS = [
  ['json'],
  ['protobuf'],
  ['json', 'json', 'json', 'json'],
  ['protobuf', 'protobuf', 'protobuf', 'protobuf'],
  ['json', 'json', 'protobuf', 'protobuf'],
] as const;

/** @throws Loss where the product breaks a rule */
export function play(random: Random, stats: Stats): void {
  // Most worlds have an API server and nothing else.
  const isPlain = !random.oneIn(3);
  const manners = isPlain
    ? { foreignOneIn: 0, oddOneIn: 0 }
    : { foreignOneIn: 1 + random.below(2), oddOneIn: 40 };
  const speller = new Speller(random, manners);
  const server = new Server(random, speller);
  let lens = randomLens(random, stats);
  let mayAdopt = true;
  const onReplaced = (): void => {
    // Spelled in another way, a state may look like another one.
    if (isPlain) throw new Loss('R16: a history was taken for replaced that never was');
  };
  const around = {
    server,
    random,
    stats,
    snapshots: new Snapshots({ maxObjects: 1000, ttlMs: 1e9, now: () => 0, onReplaced }),
    // Room for some of the Nodes or for all, of which one or two are kept whole and the others as digests.
    memos: new Memos(random.oneIn(6) ? 900 : 1e6, 900),
    lens: () => lens,
    mayAdopt: () => mayAdopt,
  };
  const clients = random
    .pick(CLIENTS)
    .map((encoding) => new Client({ encoding, hasBookmarks: !random.oneIn(3) }, around));
  for (let step = 0; step < STEPS; step++) {
    for (let left = random.below(MAX_EVENTS_OF_STEP + 1); left > 0; left--) server.step();
    for (const client of clients) if (!random.oneIn(3)) client.act();
    if (random.oneIn(STEPS * 4)) {
      lens = randomLens(random, stats);
      // What was swallowed under the former one may be a change to this one.
      mayAdopt = false;
      for (const client of clients) client.refilter();
      stats.filterChanges++;
    }
  }
  // An object may be owed until its next event where another projection counts now.
  if (mayAdopt) for (const client of clients) client.catchUp();
  stats.worlds++;
}

function randomLens(random: Random, stats: Stats): Lens {
  if (random.oneIn(3)) {
    const name = random.oneIn(2) ? 'metallb' : random.pick(PRESETS);
    const { key, plan } = projectionOf(name);
    return { key, plan, meaning: presetMeaning(name) };
  }
  for (;;) {
    const definition = randomDefinition(random);
    const made = customProjection(NODES, 'mine', definition);
    if ('problems' in made) {
      stats.refused++;
      continue;
    }
    stats.custom++;
    const { key, plan } = made.projection;
    return { key, plan, meaning: meaningOf(definition) };
  }
}

function meaningOf(definition: Definition): Meaning {
  try {
    return customMeaning(definition);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Loss(`R14: accepted, and means nothing: ${JSON.stringify(definition)}: ${error.message}`);
  }
}
