/** Deliberate breaks of what happens when mode or preset change under running streams. */
import { MODEL, type Break } from './break.ts';

export const BREAKS_OF_FILTER: readonly Break[] = [
  {
    what: 'another mode reaches new streams only',
    harm: 'observe does not take effect on running watches (R21)',
    edits: [
      {
        file: 'serve/watch/frame-sieve.ts',
        from: '    this.#filter = filter;\n    if (isSame) return;\n',
        to: '    if (isSame) return;\n    this.#filter = filter;\n',
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'another preset keeps the baseline',
    harm: 'what the former preset did not see is taken for delivered (I2)',
    edits: [
      {
        file: 'serve/watch/frame-sieve.ts',
        from: "    this.sieve.doubt('projection');\n",
        to: '',
      },
    ],
    caughtBy: 'serve/watch/filter-change.test.ts',
  },
  {
    what: 'what is remembered of an event is taken for what this client holds',
    harm: 'a client behind the newest event gets no change that another stream has seen (I2)',
    edits: [
      {
        file: 'core/sieve/event-reader.ts',
        from: '    this.fingerprint = remembered;\n',
        to: '    this.fingerprint = remembered;\n    this.isRemembered = true;\n',
      },
      {
        file: 'core/sieve/event-reader.ts',
        from: '    this.type = type;\n',
        to: '    this.type = type;\n    this.isRemembered = false;\n',
      },
      {
        file: 'core/sieve/event-reader.ts',
        from: "  key = '';\n",
        to: "  key = '';\n  isRemembered = false;\n",
      },
      {
        file: 'core/sieve/sieve.ts',
        from: 'const isEqual = held?.fingerprint === fingerprint;',
        to: "const isEqual = held !== undefined && (held.fingerprint === fingerprint || Reflect.get(event, 'isRemembered') === true);",
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'the fingerprint of one frame remembered for the essence of another',
    harm: 'a change is taken for what the client holds (I2)',
    edits: [
      {
        file: 'core/sieve/memo.ts',
        from: '    if (!this.#reader.read(frame, start, end)) return;\n',
        to: '    if (this.#reader.length === 0 || end === start || frame.length === 0) return;\n',
      },
    ],
    caughtBy: 'core/sieve/memo.test.ts',
  },
  {
    what: 'remembered under the former preset',
    harm: 'fingerprints of two projections are taken for comparable (I2)',
    edits: [
      {
        file: 'serve/watch/frame-sieve.ts',
        from: '    this.#reader = this.#reading && new EventReader({ ...this.#reading, plan });\n',
        to: '',
      },
    ],
    caughtBy: 'serve/watch/filter-change.test.ts',
  },
  {
    what: 'another preset keeps the scope under which snapshots are kept',
    harm: 'fingerprints of two projections are taken for comparable (R16)',
    edits: [
      {
        file: 'serve/watch/open-watch.ts',
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
        file: 'serve/watch/live-filter.ts',
        from: 'return !this.#options.record.hasOtherThan(this.#current.projection);',
        to: "return this.#current.projection.key !== '';",
      },
    ],
    caughtBy: 'model/filter-change.test.ts',
  },
  {
    what: 'a process that is started anew knows nothing of what the former one has swallowed',
    harm: 'after a crash or a new preset, a client keeps an old value of what counts only now (I2)',
    edits: [
      {
        file: 'serve/watch/swallow-record.ts',
        from: 'this.#digests = new Set(known);',
        to: 'this.#digests = new Set([...known].slice(0, 0));',
      },
    ],
    caughtBy: 'serve/preset-after-restart.test.ts',
  },
];
