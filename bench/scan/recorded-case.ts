/**
 * Scan + verdict over a recording of Nodes (R50), in a process of its own: `node bench/scan/recorded-case.ts FILE PRESET
 * [ROUNDS]` prints one JSON line with microseconds of CPU time per event, and the share of events that is swallowed.
 * Each pass is a stream of its own, from the first event to the last.
 */
import { readFileSync } from 'node:fs';
import { PRESETS, type PresetName } from '../../src/core/projection/presets.ts';
import { readRecording } from '../../src/lab/recording/format.ts';
import { costsOf, frameSieve, parseSubject, PASSES, searchSubject, type Subject } from './subjects.ts';

const DEFAULT_ROUNDS = 20;
/** The kernel counts CPU time in steps: of a short recording there are more rounds. */
const LEAST_EVENTS = 20_000;
const MODIFIED = '"type":"MODIFIED"';

function forwarded(preset: PresetName, frames: readonly Buffer[]): Buffer[] {
  const { sieve } = frameSieve({ encoding: 'json', preset, phase: 'until-bookmark' });
  const out: Buffer[] = [];
  for (const frame of frames) sieve.push(frame, out, 0);
  return out;
}

/** @throws Error where a frame comes out that did not go in, in that order, or one that may not be swallowed does not */
function checked(out: readonly Buffer[], frames: readonly Buffer[]): void {
  let next = 0;
  for (const frame of frames)
    if (frame === out[next]) next++;
    else if (!frame.subarray(0, 40).includes(MODIFIED))
      throw new Error('an event was swallowed that is not MODIFIED');
  if (next !== out.length) throw new Error('what was forwarded is no subsequence of what was recorded');
}

function sieveSubject(preset: PresetName, frames: readonly Buffer[], expected: number): Subject {
  return {
    passes: PASSES.sieve,
    pass() {
      const { length } = forwarded(preset, frames);
      if (length !== expected) throw new Error(`${length} frames were forwarded, and ${expected} before`);
    },
  };
}

const [file = '', presetName, rounds = String(DEFAULT_ROUNDS)] = process.argv.slice(2);
const preset = PRESETS.find((name) => name === presetName);
if (preset === undefined || !(Number(rounds) > 0))
  throw new Error(`usage: recorded-case.ts FILE ${PRESETS.join('|')} [ROUNDS]`);
const { head, frames: recorded } = readRecording(readFileSync(file));
if (head.path !== '/api/v1/nodes') throw new Error(`the bench is of Nodes, and ${file} of ${head.path}`);
// Of its own memory each, as bytes from a socket are, and not of one large buffer.
const frames = recorded.map(({ bytes }) => Buffer.from(bytes));
if (frames.length === 0) throw new Error(`nothing is recorded in ${file}`);
const out = forwarded(preset, frames);
checked(out, frames);
const subjects = {
  sieve: sieveSubject(preset, frames, out.length),
  parse: parseSubject(frames),
  search: searchSubject(frames),
};
const least = Math.ceil(LEAST_EVENTS / frames.length);
const costs = costsOf(subjects, { rounds: Math.max(Number(rounds), least), events: frames.length });
console.log(JSON.stringify({ ...costs, swallowed: (frames.length - out.length) / frames.length }));
