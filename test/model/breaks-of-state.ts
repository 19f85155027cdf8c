/** Deliberate breaks of what is known about a client: baselines, fingerprints, snapshots. */
import { MODEL, type Break } from './break.ts';

const BASELINES: readonly Break[] = [
  {
    what: 'one baseline shared by all streams',
    harm: 'an event that one client received hides a change from another (I2)',
    edits: [
      {
        file: 'core/sieve/baseline.ts',
        from: 'export class Baseline {',
        to: 'const SLOTS = new Map<string, number>();\nconst HELD: Held[] = [];\n\nexport class Baseline {',
      },
      { file: 'core/sieve/baseline.ts', from: '#slots = new Map<string, number>();', to: '#slots = SLOTS;' },
      { file: 'core/sieve/baseline.ts', from: '#held: Held[] = [];', to: '#held = HELD;' },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'an adopted snapshot is not copied',
    harm: 'a stream changes the snapshot that others adopt (I2)',
    edits: [
      {
        file: 'core/sieve/baseline.ts',
        from: 'for (const [key, one] of held) this.set(key, one);',
        to: 'for (const [key, one] of held) this.set(key, one);\n    this.#adopted = held as Map<string, Held>;',
      },
      {
        file: 'core/sieve/baseline.ts',
        from: '  readonly #free: number[] = [];\n',
        to: '  readonly #free: number[] = [];\n  #adopted: Map<string, Held> | undefined;\n',
      },
      {
        file: 'core/sieve/baseline.ts',
        from: '    this.#held[slot] = held;\n',
        to: '    this.#held[slot] = held;\n    this.#adopted?.set(key, held);\n',
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'objects are identified by name without namespace',
    harm: 'an object hides a change of its namesake in another namespace (I2)',
    edits: [
      {
        file: 'core/codec/object-key.ts',
        from: "return namespace === '' || name === '' ? name : `${namespace}${SLASH}${name}`;",
        to: 'return name;',
      },
    ],
    caughtBy: 'core/sieve/namespaces.property.test.ts',
  },
  {
    what: 'DELETED does not erase',
    harm: 'the baseline has an object that the client lacks (R16)',
    edits: [
      {
        file: 'core/sieve/sieve.ts',
        from: "        this.#baseline.delete(event.key);\n        return this.#passed(event, 'deleted');",
        to: "        return this.#passed(event, 'deleted');",
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'ADDED is compared like MODIFIED',
    harm: 'an ADDED may be swallowed (I2)',
    edits: [
      {
        file: 'core/sieve/sieve.ts',
        from: 'return this.#added(event);',
        to: "return this.#phase === 'past' ? this.#modified(event) : this.#added(event);",
      },
    ],
    caughtBy: 'core/sieve/sieve.test.ts',
  },
  {
    what: 'DELETED does not erase, and ADDED is compared like MODIFIED',
    harm: 'a recreated node is never seen again (I2)',
    edits: [
      {
        file: 'core/sieve/sieve.ts',
        from: "        this.#baseline.delete(event.key);\n        return this.#passed(event, 'deleted');",
        to: "        return this.#passed(event, 'deleted');",
      },
      {
        file: 'core/sieve/sieve.ts',
        from: 'return this.#added(event);',
        to: "return this.#phase === 'past' ? this.#modified(event) : this.#added(event);",
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'an unreadable event keeps the baseline',
    harm: 'a change back to the last readable state is swallowed (R8)',
    edits: [
      {
        file: 'core/sieve/sieve.ts',
        from: "      if (type === 'other' || event.key === '') this.doubt(doubt);\n      else this.#doubtOne(event, doubt);\n",
        to: '',
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'an oversize frame keeps the baseline',
    harm: 'a change back to the last readable state is swallowed (R8)',
    edits: [
      {
        file: 'serve/watch/frame-sieve.ts',
        from: "  #oversize(): void {\n    this.sieve.doubt('oversize');\n",
        to: '  #oversize(): void {\n',
      },
    ],
    caughtBy: MODEL,
  },
];

const FINGERPRINTS: readonly Break[] = [
  {
    what: 'the fingerprint lacks the uid',
    harm: 'another node with an old name is taken for the old one (R14)',
    edits: [{ file: 'core/projection/presets.ts', from: "  uid: 'whole',\n", to: '' }],
    caughtBy: MODEL,
  },
  {
    what: 'the canonical form lacks lengths',
    harm: 'bytes that move from a key to its value are no change (R15)',
    edits: [
      {
        file: 'core/codec/canonical.ts',
        from: '    bytes[to] = size;\n    bytes[to + 1] = size >>> 8;\n',
        to: '    bytes[to] = 0;\n    bytes[to + 1] = 0;\n',
      },
    ],
    caughtBy: 'core/codec/canonical.test.ts',
  },
  {
    what: 'the canonical form lacks the values of a map',
    harm: 'a changed label value is no change (R15)',
    edits: [
      {
        file: 'core/codec/map-entries.ts',
        from: '  canonical.value(VALUE, entry.value, entry.valueStart, entry.valueEnd);\n',
        to: '',
      },
    ],
    caughtBy: MODEL,
  },
];

const SNAPSHOTS: readonly Break[] = [
  {
    what: 'a snapshot is kept though the client left with bytes unsent',
    harm: 'the snapshot claims a delivery that never happened (R16)',
    edits: [
      {
        file: 'serve/watch/open-watch.ts',
        from: "return cause !== 'client_gone' || unwrittenBytes === 0;",
        to: 'return true;',
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: "the state at a stream's start is kept under the resourceVersion of its end",
    harm: 'a client that resumes there misses a change back to this state (R16)',
    edits: [
      {
        file: 'core/sieve/sieve.ts',
        from: 'this.#baseline.adopt(snapshot.held);',
        to: 'this.#baseline.adopt(snapshot.held);\n    this.#before = this.held();',
      },
      { file: 'core/sieve/sieve.ts', from: '  now = 0;\n', to: '  now = 0;\n  #before;\n' },
      {
        file: 'core/sieve/sieve.ts',
        from: "source: 'stream', held: this.held()",
        to: "source: 'stream', held: this.#before",
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'a snapshot is adopted at any resourceVersion',
    harm: 'a newer state hides a change, an older one a change back (I2)',
    edits: [
      {
        file: 'core/sieve/snapshots.ts',
        from: 'return `${scope.length}:${scope}@${resourceVersion}`;',
        to: 'return resourceVersion === "" ? "" : scope;',
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'resourceVersions are numbers',
    harm: 'beyond 2^53, two of them are equal (R16)',
    edits: [
      {
        file: 'core/sieve/snapshots.ts',
        from: 'return `${scope.length}:${scope}@${resourceVersion}`;',
        to: 'return `${scope.length}:${scope}@${Number(resourceVersion)}`;',
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'a scope lacks the namespace',
    harm: 'a watch of all namespaces begins with the state of one, or the reverse (I2, R16)',
    edits: [
      {
        file: 'serve/watch/snapshot-scope.ts',
        from: '[namespace, name, labelSelector, fieldSelector]',
        to: '[name, labelSelector, fieldSelector]',
      },
    ],
    caughtBy: 'serve/watch/namespaced.test.ts',
  },
  {
    what: 'a scope lacks the version of the resource',
    harm: 'fields of two versions are confused (I2)',
    edits: [
      {
        file: 'serve/watch/snapshot-scope.ts',
        from: '[nameOf(resource), resource.version, resource.kind]',
        to: '[nameOf(resource), resource.kind]',
      },
    ],
    caughtBy: 'serve/watch/snapshot-scope.test.ts',
  },
  {
    what: 'a scope lacks the label selector',
    harm: 'a stream adopts objects that its client never received (R16)',
    edits: [
      {
        file: 'serve/watch/snapshot-scope.ts',
        from: '[namespace, name, labelSelector, fieldSelector]',
        to: '[namespace, name, fieldSelector]',
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'adoption forgets the age of suppression',
    harm: 'a client that reconnects often never receives an object again (R19)',
    edits: [
      {
        file: 'core/sieve/sieve.ts',
        from: 'this.#baseline.adopt(snapshot.held);',
        to: 'for (const [name, one] of snapshot.held) this.#baseline.set(name, { ...one, passAt: Infinity });',
      },
    ],
    caughtBy: MODEL,
  },
];

export const BREAKS_OF_STATE: readonly Break[] = [...BASELINES, ...FINGERPRINTS, ...SNAPSHOTS];
