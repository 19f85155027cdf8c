/** Deliberate breaks of what happens when mode or preset change under running streams. */
import { MODEL, type Break } from './break.ts';

export const BREAKS_OF_FILTER: readonly Break[] = [
  {
    what: 'another mode reaches new streams only',
    harm: 'observe does not take effect on running watches (R21)',
    edits: [{ file: 'stream/frame-sieve.ts', from: '    this.#mode = mode;\n    if', to: '    if' }],
    caughtBy: MODEL,
  },
  {
    what: 'another preset keeps the baseline',
    harm: 'what the former preset did not see is taken for delivered (I2)',
    edits: [
      {
        file: 'sieve/sieve.ts',
        from: "    this.#differ = differ;\n    this.doubt('projection');\n",
        to: '    this.#differ = differ;\n',
      },
    ],
    caughtBy: 'stream/filter-change.test.ts',
  },
  {
    what: 'another preset keeps the scope under which snapshots are kept',
    harm: 'fingerprints of two projections are taken for comparable (R16)',
    edits: [
      {
        file: 'app/open-watch.ts',
        from: 'snapshots.keep(keyOf(stream.projection), left',
        to: 'snapshots.keep(keyOf(projection), left',
      },
    ],
    caughtBy: 'model/filter-change.test.ts',
  },
  {
    what: 'snapshots adopted though something was swallowed under another preset',
    harm: 'a client keeps an old value of what counts only now (I2)',
    edits: [
      {
        file: 'app/live-filter.ts',
        from: 'return [...this.#swallowedUnder].every((former) => former === key);',
        to: "return key !== '';",
      },
    ],
    caughtBy: 'model/filter-change.test.ts',
  },
];
