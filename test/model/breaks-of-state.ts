/** Deliberate breaks of what is known about a client: baselines, fingerprints, snapshots. */
import { MODEL, type Break } from './break.ts';

const BASELINES: readonly Break[] = [
  {
    what: 'one baseline map shared by all streams',
    harm: 'what one client has seen hides a change from another (I2)',
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
    harm: 'a stream goes on changing what others will adopt (I2)',
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
    what: 'an object is known by its name alone',
    harm: 'what is known of one namespace hides a change in another (I2)',
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
    harm: 'the client no longer holds what the baseline says (R16)',
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
    harm: 'a node that comes back is never seen again (I2)',
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
    what: 'an event that could not be read keeps the baseline',
    harm: 'a change back to the last state that was read is swallowed (R8)',
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
    what: 'a frame over the limit keeps the baseline',
    harm: 'a change back to the last state that was read is swallowed (R8)',
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
    what: 'uid left out of the fingerprint',
    harm: 'another node under an old name passes for it (R14)',
    edits: [{ file: 'core/projection/presets.ts', from: "  uid: 'whole',\n", to: '' }],
    caughtBy: MODEL,
  },
  {
    what: 'lengths left out of the canonical form',
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
    what: 'values of a map left out of the canonical form',
    harm: 'a label that changes its value is no change (R15)',
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
    what: 'a snapshot kept though its client went away with bytes unsent',
    harm: 'it claims that something was delivered which was not (R16)',
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
    what: 'a snapshot under a later resourceVersion than its state: how a stream began, kept under where it ended',
    harm: 'who resumes there is not sent a change back to that state (R16)',
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
    what: 'a snapshot adopted whatever its resourceVersion',
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
    what: 'resourceVersions taken for numbers',
    harm: 'beyond 2^53 two of them are one (R16)',
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
    what: 'a scope without its namespace',
    harm: 'a watch of all begins with what is known of a part, or the other way round (I2, R16)',
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
    what: 'a scope without the version of its resource',
    harm: 'fields of one version are taken for those of another (I2)',
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
    what: 'a scope without its label selector',
    harm: 'a stream adopts objects that its client was never sent (R16)',
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
    what: 'the suppression age not kept on adoption',
    harm: 'who reconnects often enough is never sent an object again (R19)',
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
