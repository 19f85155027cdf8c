/**
 * One case of scan + verdict (R36), in a process of its own so that no other case has shaped its machine code:
 * `node bench/scan/scan-case.ts ENCODING PRESET [ROUNDS]` prints one JSON line with microseconds of CPU time per event. The
 * sieve, `JSON.parse` and one `indexOf` pass take turns over the same Nodes.
 */
import { NODES } from '../../src/core/resource/node.ts';
import { Memos } from '../../src/core/sieve/memo.ts';
import { planOf, PRESETS, type PresetName } from '../../src/core/projection/presets.ts';
import { FrameSieve } from '../../src/serve/watch/frame-sieve.ts';
import { Progress } from '../../src/serve/watch/progress.ts';
import { EventTally } from '../../src/serve/telemetry/event-tally.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { corpus, type Corpus } from './corpus.ts';

const DEFAULT_ROUNDS = 60;
/** Not counted: until V8 has compiled what is hot, and each Node has been seen. */
const WARM_UP_SHARE = 0.5;
/** Passes over the corpus per round; the cheap ones take several, or the clock would be what is measured. */
const PASSES = { sieve: 2, parse: 1, search: 40 } as const;
/** Occurs in no frame, so that the search goes to the end. */
const ABSENT = Buffer.from([0xff, 0xfe, 0xfd, 0xfc]);

interface Subject {
  readonly passes: number;
  readonly pass: () => void;
  cpuMicros: number;
}

function sieveSubject(encoding: Encoding, preset: PresetName, { frames, changes }: Corpus): Subject {
  const tally = new EventTally();
  const sieve = new FrameSieve({
    encoding,
    resource: NODES,
    plan: planOf(preset),
    phase: 'past',
    mode: 'filter',
    maxFrameBytes: 16 * 2 ** 20,
    tallies: [tally, new EventTally()],
    resourceVersion: '',
    snapshot: undefined,
    memos: new Memos(16 * 2 ** 20),
    passAt: () => Infinity,
    progress: new Progress({ encoding, resource: NODES, bookmarks: true, maxLagMs: Infinity }),
  });
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
    cpuMicros: 0,
  };
}

function parseSubject({ frames }: Corpus): Subject {
  return {
    passes: PASSES.parse,
    pass() {
      for (const frame of frames) {
        const event: unknown = JSON.parse(frame.toString());
        if (typeof event !== 'object') throw new Error('a frame is not a JSON object');
      }
    },
    cpuMicros: 0,
  };
}

function searchSubject({ frames }: Corpus): Subject {
  return {
    passes: PASSES.search,
    pass() {
      for (const frame of frames) if (frame.includes(ABSENT)) throw new Error('found what is not there');
    },
    cpuMicros: 0,
  };
}

function run(encoding: Encoding, preset: PresetName, rounds: number): Record<string, number> {
  const own = corpus(encoding);
  const subjects = {
    sieve: sieveSubject(encoding, preset, own),
    parse: parseSubject(encoding === 'json' ? own : corpus('json')),
    search: searchSubject(own),
  };
  const warmUp = Math.ceil(rounds * WARM_UP_SHARE);
  for (let round = -warmUp; round < rounds; round++)
    for (const subject of Object.values(subjects)) {
      const before = process.threadCpuUsage();
      for (let i = 0; i < subject.passes; i++) subject.pass();
      const { user, system } = process.threadCpuUsage(before);
      if (round >= 0) subject.cpuMicros += user + system;
    }
  const perEvent = ({ cpuMicros, passes }: Subject): number =>
    cpuMicros / (rounds * passes * own.frames.length);
  const { sieve, parse, search } = subjects;
  return { sieve: perEvent(sieve), parse: perEvent(parse), search: perEvent(search) };
}

const [encoding, presetName, rounds = String(DEFAULT_ROUNDS)] = process.argv.slice(2);
const preset = PRESETS.find((name) => name === presetName);
if ((encoding !== 'json' && encoding !== 'protobuf') || preset === undefined || !(Number(rounds) > 0))
  throw new Error(`usage: scan-case.ts json|protobuf ${PRESETS.join('|')} [ROUNDS]`);
console.log(JSON.stringify(run(encoding, preset, Number(rounds))));
