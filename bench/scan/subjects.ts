/** What takes turns over the same frames: a sieve, `JSON.parse`, and one `indexOf` pass; and what each costs. */
import { CODECS } from '../../src/core/codec/codecs.ts';
import { NODES } from '../../src/core/resource/node.ts';
import { projectionOf, type PresetName } from '../../src/core/projection/presets.ts';
import { Memos } from '../../src/core/sieve/memo.ts';
import { FrameSieve } from '../../src/serve/watch/frame-sieve.ts';
import { Progress } from '../../src/serve/watch/progress.ts';
import { EventTally } from '../../src/serve/telemetry/event-tally.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';

/** Not counted: until V8 has compiled what is hot, and each Node has been seen. */
const WARM_UP_SHARE = 0.5;
/** Passes over the frames per round; the cheap ones take several, or the clock would be what is measured. */
export const PASSES = { sieve: 2, parse: 1, search: 40 } as const;
/** Occurs in no frame, so that the search goes to the end. */
const ABSENT = Buffer.from([0xff, 0xfe, 0xfd, 0xfc]);

export interface Subject {
  readonly passes: number;
  /** Once over all frames. @throws Error where the result is not what it must be */
  readonly pass: () => void;
}

interface SieveOptions {
  readonly encoding: Encoding;
  readonly preset: PresetName;
  /** `past`: nothing comes before the first change. */
  readonly phase: 'past' | 'until-bookmark';
}

/** As a stream has one. @returns where it counts, too */
export function frameSieve({ encoding, preset, phase }: SieveOptions): {
  readonly sieve: { readonly push: (chunk: Buffer, out: Buffer[], now: number) => void };
  readonly tally: EventTally;
} {
  const tally = new EventTally();
  const codec = CODECS[encoding];
  const frames = new FrameSieve({
    splitter: codec.splitter(16 * 2 ** 20),
    reading: { codec, resource: NODES, memos: new Memos(16 * 2 ** 20) },
    filter: { mode: 'filter', projection: projectionOf(preset) },
    client: { phase, resourceVersion: '', snapshot: undefined, passAt: () => Infinity },
    progress: new Progress({ bookmark: (version) => codec.bookmark(NODES, version), maxLagMs: Infinity }),
    tallies: [tally, new EventTally()],
  });
  const push = (chunk: Buffer, out: Buffer[], now: number): void => {
    frames.sieve.now = now;
    frames.push(chunk, out);
  };
  return { sieve: { push }, tally };
}

/** @param frames - JSON */
export function parseSubject(frames: readonly Buffer[]): Subject {
  return {
    passes: PASSES.parse,
    pass() {
      for (const frame of frames) {
        const event: unknown = JSON.parse(frame.toString());
        if (typeof event !== 'object') throw new Error('a frame is not a JSON object');
      }
    },
  };
}

export function searchSubject(frames: readonly Buffer[]): Subject {
  return {
    passes: PASSES.search,
    pass() {
      for (const frame of frames) if (frame.includes(ABSENT)) throw new Error('found what is not there');
    },
  };
}

/** Microseconds of CPU time per event of each subject. */
export function costsOf<Name extends string>(
  subjects: Readonly<Record<Name, Subject>>,
  { rounds, events }: { readonly rounds: number; readonly events: number },
): Record<Name, number> {
  const micros = new Map<Subject, number>();
  const all: readonly Subject[] = Object.values(subjects);
  const warmUp = Math.ceil(rounds * WARM_UP_SHARE);
  for (let round = -warmUp; round < rounds; round++)
    for (const subject of all) {
      const before = process.threadCpuUsage();
      for (let i = 0; i < subject.passes; i++) subject.pass();
      const { user, system } = process.threadCpuUsage(before);
      if (round >= 0) micros.set(subject, (micros.get(subject) ?? 0) + user + system);
    }
  const cost = (subject: Subject): number => (micros.get(subject) ?? 0) / (rounds * subject.passes * events);
  const costs: Partial<Record<Name, number>> = {};
  for (const name in subjects) costs[name] = cost(subjects[name]);
  return costs as Record<Name, number>;
}
