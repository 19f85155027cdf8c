/**
 * The tables of Kubernetes' resources against Go's own types: `npm run test:schemas -- [--seed N] [--pairs N]`. First every
 * field of them, then random objects that differ in one place, in both encodings and under random projections. Needs Go.
 */
import { parseArgs } from 'node:util';
import { builtInResource, builtInVersions } from '../../src/core/resource/built-in.ts';
import { apiVersionOf, type Resource } from '../../src/core/resource/resource.ts';
import { Random } from '../fuzz/random.ts';
import { Comparison } from './compare.ts';
import { buildGoSide, type Declarations, linesOf, type Pair } from './go-side.ts';
import { judge, type Tally } from './judge.ts';
import { spelled } from './meaning.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, pairs: { type: 'string' }, program: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const pairs = Number(values.pairs ?? '3000');

const resources = new Map<string, Resource>();
for (const { name, version } of await builtInVersions()) {
  const resource = await builtInResource(name, version);
  if (resource === undefined) throw new Error(`there is no ${name} ${version}`);
  resources.set(`${apiVersionOf(resource)} ${resource.kind}`, resource);
}
const kinds = [...resources.keys()];
const program = values.program ?? (await buildGoSide());

for await (const line of linesOf(program, kinds, [])) {
  const comparison = new Comparison(JSON.parse(line) as Declarations);
  for (const [kind, { schema }] of resources) comparison.compare(schema, kind);
  console.log(`${kinds.length} kinds, ${comparison.fields} fields: as Go declares them`);
}

console.log(`seed ${seed}`);
const tally: Tally = { pairs: 0, forwarded: 0, swallowed: 0, refused: 0 };
for await (const line of linesOf(program, kinds, [`-pairs=${pairs}`, `-seed=${seed}`])) {
  const pair = JSON.parse(line) as Pair;
  const kind = `${pair.apiVersion} ${pair.kind}`;
  const resource = resources.get(kind);
  if (resource === undefined) throw new Error(`nobody asked for ${kind}`);
  try {
    judge(resource, pair, new Random(seed, tally.pairs), tally);
  } catch (error) {
    console.error(`pair ${tally.pairs}, ${kind}, ${pair.what} ${spelled(pair.path)}: ${String(error)}`);
    process.exitCode = 1;
    break;
  }
}
console.log(JSON.stringify(tally));
// A run in which nothing is swallowed, or nothing forwarded, shows nothing.
if (process.exitCode === undefined && Math.min(tally.forwarded, tally.swallowed) < pairs)
  process.exitCode = 1;
