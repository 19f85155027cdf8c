/**
 * One case of scan + verdict (R36), in a process of its own so that no other case has shaped its machine code:
 * `node bench/scan/scan-case.ts ENCODING PRESET [ROUNDS]` prints one JSON line with microseconds of CPU time per event. The
 * sieve, `JSON.parse` and one `indexOf` pass take turns over the same Nodes.
 */
import { PRESETS, type PresetName } from '../../src/core/projection/presets.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { corpus, type Corpus } from './corpus.ts';
import { costsOf, frameSieve, parseSubject, PASSES, searchSubject, type Subject } from './subjects.ts';

const DEFAULT_ROUNDS = 60;

function sieveSubject(encoding: Encoding, preset: PresetName, { frames, changes }: Corpus): Subject {
  const { sieve, tally } = frameSieve({ encoding, preset, phase: 'past' });
  const out: Buffer[] = [];
  const feed = (): void => {
    out.length = 0;
    for (const frame of frames) sieve.push(frame, out, 0);
  };
  feed();
  let swallowed = tally.eventsOf('swallowed');
  return {
    passes: PASSES.sieve,
    pass() {
      feed();
      swallowed += frames.length - changes.length;
      const isRight = out.length === changes.length && out.every((frame, i) => frame === changes[i]);
      if (!isRight || tally.eventsOf('swallowed') !== swallowed)
        throw new Error(`${out.length} frames were forwarded in place of the ${changes.length} changes`);
    },
  };
}

const [encoding, presetName, rounds = String(DEFAULT_ROUNDS)] = process.argv.slice(2);
const preset = PRESETS.find((name) => name === presetName);
if ((encoding !== 'json' && encoding !== 'protobuf') || preset === undefined || !(Number(rounds) > 0))
  throw new Error(`usage: scan-case.ts json|protobuf ${PRESETS.join('|')} [ROUNDS]`);
const own = corpus(encoding);
const subjects = {
  sieve: sieveSubject(encoding, preset, own),
  parse: parseSubject((encoding === 'json' ? own : corpus('json')).frames),
  search: searchSubject(own.frames),
};
console.log(JSON.stringify(costsOf(subjects, { rounds: Number(rounds), events: own.frames.length })));
