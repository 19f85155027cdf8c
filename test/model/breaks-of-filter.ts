/** Deliberate breaks of what happens when mode or preset change under running streams. */
import { MODEL, type Break } from './break.ts';

export const BREAKS_OF_FILTER: readonly Break[] = [
  {
    what: 'another mode reaches only new streams',
    harm: 'observe has no effect on running watches (R21)',
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
    harm: 'changes that the old preset ignored count as delivered (I2)',
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
    what: 'the memo of an event counts as the state of this client',
    harm: 'a client that is behind misses a change that another stream has seen (I2)',
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
    what: 'a fingerprint is remembered for the essence of another frame',
    harm: 'a change is taken for the state that the client holds (I2)',
    edits: [
      {
        file: 'core/sieve/memo.ts',
        from: '!this.#hasEssence || reading !== this.#reading)',
        to: '!this.#hasEssence || reading === 0)',
      },
    ],
    caughtBy: 'core/sieve/memo.test.ts',
  },
  {
    what: 'a digest matches any essence',
    harm: 'a change is taken for the state that the client holds (I2)',
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
    what: 'memos outlive a change of the preset',
    harm: 'fingerprints of two projections are compared (I2)',
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
    what: 'another preset keeps the scope of snapshots',
    harm: 'fingerprints of two projections are compared (R16)',
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
    what: 'snapshots are adopted after swallowing under another preset',
    harm: 'a client keeps an old value of a field that counts only now (I2)',
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
    what: 'swallowing is recorded for another resource',
    harm: 'clients of that resource seem to hold objects that they lack (I2)',
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
    what: 'a changed projection reaches the streams of every resource',
    harm: 'fields count that nobody chose for a resource (R14)',
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
    what: 'clients of several presets share snapshots',
    harm: 'a client that moves to another path misses changes that the first preset ignored (I2)',
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
    what: 'all callers share a view of a resource that another server may answer for',
    harm: 'a client begins with the state that only another caller may see (I2)',
    edits: [
      { file: 'serve/watch/viewer.ts', from: 'isOpen === true ? ofEachCaller', to: 'false ? ofEachCaller' },
    ],
    caughtBy: 'serve/watch/viewer.test.ts',
  },
  {
    what: 'a value of managedFields that is no list ends at the next bracket',
    harm: 'an item of a LIST gets the spec of the next item, and a change is swallowed (I2)',
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
    what: 'a new process forgets that its predecessor swallowed events',
    harm: 'after a crash or a new preset, a client keeps an old value of a field that counts only now (I2)',
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
    what: 'whether a request may be repeated is judged with the preset in its path',
    harm: 'a broken exec gets an answer that invites a retry (R5)',
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
    what: 'a redirect loses the preset of the path',
    harm: 'the client receives the events of another preset (I2)',
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
    what: 'a path may lead out of its preset',
    harm: 'a client counts as one of another preset (I2)',
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
