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
    what: 'any essence taken for one of which a digest is kept',
    harm: 'a change is taken for what the client holds (I2)',
    edits: [
      {
        file: 'core/sieve/memo.ts',
        from: 'return known === fingerprintOf(bytes.subarray(0, length));',
        to: 'return length > 0 && bytes.length > 0 && fingerprintOf.length > 0;',
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
        from: '    this.#reader = this.#reading && new EventReader(this.#reading, plan);\n',
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
        from: 'return !this.#options.record.hasOtherThan(this.#options.from, this.#current.projection);',
        to: "return this.#current.projection.key !== '';",
      },
    ],
    caughtBy: 'model/filter-change.test.ts',
  },
  {
    what: 'what was swallowed of one resource recorded as if it were of another',
    harm: 'of that other one clients are taken for known that are not (I2)',
    edits: [
      {
        file: 'serve/watch/swallow-record.ts',
        from: 'return `${nameOf(resource)}/${preset}`;',
        to: "return nameOf(resource) === '' ? '' : `nodes/${preset}`;",
      },
    ],
    caughtBy: 'serve/watch/filters.test.ts',
  },
  {
    what: 'a changed projection that reaches the streams of every resource',
    harm: 'of another resource, parts count that nobody has named (R14)',
    edits: [
      {
        file: 'serve/watch/filters.ts',
        from: 'changeOne(filter, mode, projections.get(identityOf(resource))),',
        to: 'changeOne(filter, mode, resource.plural === "" ? undefined : [...projections.values()].at(-1)),',
      },
    ],
    caughtBy: 'serve/watch/filters.test.ts',
  },
  {
    what: 'clients of several presets that begin with what others have seen',
    harm: 'a client that goes from one to another is never sent what the first did not count (I2)',
    edits: [
      {
        file: 'serve/watch/viewer.ts',
        from: 'if (isShared) return clientOf(headers);',
        to: '',
      },
    ],
    caughtBy: 'serve/watch/viewer.test.ts',
  },
  {
    what: 'one view taken for that of all callers, of a resource that another server may answer for',
    harm: 'a client begins with what only another may see, and is never sent what differs (I2)',
    edits: [
      { file: 'serve/watch/viewer.ts', from: 'isOpen === true ? ofEachCaller', to: 'false ? ofEachCaller' },
    ],
    caughtBy: 'serve/watch/viewer.test.ts',
  },
  {
    what: 'a list that is no list taken for one whose end is the next bracket',
    harm: 'an item of a LIST is taken to have the spec of the next: a change that comes is swallowed (I2)',
    edits: [
      {
        file: 'core/codec/json/shortcuts.ts',
        from: ' || bytes[at] !== OPEN_BRACKET',
        to: '',
      },
    ],
    caughtBy: 'core/sieve/list-tap.test.ts',
  },
  {
    what: 'a process that is started anew knows nothing of what the former one has swallowed',
    harm: 'after a crash or a new preset, a client keeps an old value of what counts only now (I2)',
    edits: [
      {
        file: 'serve/watch/swallow-record.ts',
        from: 'this.#lines = new Set(known ?? [UNKNOWN]);',
        to: 'this.#lines = new Set([...(known ?? [])].slice(0, 0));',
      },
    ],
    caughtBy: 'serve/preset-after-restart.test.ts',
  },
  {
    what: 'what is behind a preset in a path judged with the preset before it',
    harm: 'an exec that broke off is answered as if it could be repeated (R5)',
    edits: [
      {
        file: 'serve/proxy/relay.ts',
        from: 'return isRepeatable(method, this.#path.target);',
        to: "return isRepeatable(method, this.#path.target === '' ? '' : (this.#req.url ?? ''));",
      },
    ],
    caughtBy: 'serve/proxy/preset-path.test.ts',
  },
  {
    what: 'a redirect without the preset of the path that led to it',
    harm: 'a client is sent what counts for others (I2)',
    edits: [
      {
        file: 'serve/proxy/headers.ts',
        from: "return preset === '' ? kept : withLocation(kept, preset);",
        to: "return preset === '-' ? withLocation(kept, preset) : kept;",
      },
    ],
    caughtBy: 'serve/proxy/preset-path.test.ts',
  },
  {
    what: 'a path behind a preset that leads out of it again',
    harm: 'who resolves it takes the client for one of another preset (I2)',
    edits: [
      {
        file: 'serve/proxy/preset-path.ts',
        from: 'if (!staysBelow(PREFIX, target))',
        to: "if (preset === '' && !staysBelow(PREFIX, target))",
      },
    ],
    caughtBy: 'serve/proxy/preset-path.test.ts',
  },
];
