/** Deliberate breaks of what a projection takes of an event: each has been a mistake of the program, or is near one. */
import { type Break, MODEL } from './break.ts';

const DIFFERENTIAL = 'differential/differential.test.ts';
const CUSTOM = 'core/projection/custom-projection.test.ts';

export const BREAKS_OF_PROJECTIONS: readonly Break[] = [
  {
    what: 'the images taken for the end of the status',
    harm: 'changes of volumesInUse and all else behind the images are no change to who leaves the images out (I2)',
    edits: [
      {
        file: 'core/codec/json/projector.ts',
        from: ': endOfLongList(this.#bytes, at, limit, this.#tail);',
        to: ': limit - this.#tail.length;',
      },
    ],
    caughtBy: DIFFERENTIAL,
  },
  {
    what: 'a wider path narrowed by a narrower one',
    harm: 'status and status.addresses[*].type together lose a changed address (R14)',
    edits: [
      {
        file: 'core/projection/plan-of-paths.ts',
        from: 'if (paths.some(endsHere)) return this.#whole(field);',
        to: 'if (paths.every(endsHere)) return this.#whole(field);',
      },
    ],
    caughtBy: DIFFERENTIAL,
  },
  {
    what: 'a path into what has no fields accepted',
    harm: 'it means nothing, and whoever wrote it does not hear of it (R14)',
    edits: [
      {
        file: 'core/projection/path-problems.ts',
        from: 'if (field.message === undefined) return `${name} has no fields that can be chosen`;',
        to: 'if (field.message === undefined) return undefined;',
      },
    ],
    caughtBy: DIFFERENTIAL,
  },
  {
    what: 'the text of a path compared with an escaped one as latin1',
    harm: 'an element called Größe is not found where a server escapes, and its changes are lost (R15)',
    edits: [
      {
        file: 'core/codec/json/cursor.ts',
        from: 'return this.text() === expected.toString();',
        to: "return this.text() === expected.toString('latin1');",
      },
    ],
    caughtBy: CUSTOM,
  },
  {
    what: 'elements chosen by a time',
    harm: 'in protobuf no element is ever found, and their changes are lost (R14)',
    edits: [
      {
        file: 'core/projection/path-problems.ts',
        from: "if (field?.holds === 'time')",
        to: "if (where === '')",
      },
      {
        file: 'core/projection/path-problems.ts',
        from: "if (field?.holds === 'text' && field.isList",
        to: 'if (field !== undefined && field.isList',
      },
    ],
    caughtBy: DIFFERENTIAL,
  },
  {
    what: 'a key of a map taken for all that begin like it',
    harm: 'with annotations["a"] left out, changes of ab are lost (R14)',
    edits: [
      {
        file: 'core/codec/entry-filter.ts',
        from: 'if (key.length === end - start &&',
        to: 'if (key.length <= end - start &&',
      },
    ],
    caughtBy: CUSTOM,
  },
  {
    what: 'the key that is a prefix itself not taken for one with it',
    harm: 'with labels["a*"] taken, changes of a are lost (R14)',
    edits: [
      {
        file: 'core/codec/entry-filter.ts',
        from: 'if (prefix.length <= end - start &&',
        to: 'if (prefix.length < end - start &&',
      },
    ],
    caughtBy: CUSTOM,
  },
  {
    what: 'a map left out whole where one key of it is',
    harm: 'beside the time of the last trigger an EndpointSlice loses every annotation (I2)',
    edits: [
      {
        file: 'core/projection/plan-of-paths.ts',
        from: "return entriesOf(paths, 'left');",
        to: "return 'skip';",
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'kinds of elements alike',
    harm: 'an address that changes from InternalIP to Hostname, both taken, is no change (I2)',
    edits: [{ file: 'core/codec/rules.ts', from: 'id: ids + index,', to: 'id: ids,' }],
    caughtBy: CUSTOM,
  },
  {
    what: 'what is taken of every element not taken of those of a kind',
    harm: 'conditions[*].reason and conditions[type=Ready].status lose the reason of Ready (R14)',
    edits: [
      {
        file: 'core/projection/plan-of-paths.ts',
        from: 'item([...every, ...inside])',
        to: 'item(inside)',
      },
    ],
    caughtBy: CUSTOM,
  },
  {
    what: 'elements of a kind left out where a field of them is',
    harm: 'without conditions[type=Ready].reason a node that gets ready is no change (R14)',
    edits: [
      {
        file: 'core/projection/plan-of-paths.ts',
        from: '({ steps }) => steps.length === 0) ? whole',
        to: '({ steps }) => steps.length <= 1) ? whole',
      },
    ],
    caughtBy: CUSTOM,
  },
  {
    what: 'the quote that begins a text taken for the end of its condition',
    harm: 'a status that begins with a brace may change to True unseen (I2)',
    edits: [
      {
        file: 'core/codec/json/essence.ts',
        from: '!isBehindText(conditions[end - 1]!)',
        to: 'conditions[end - 1] === BACKSLASH',
      },
    ],
    caughtBy: 'core/codec/essence.test.ts',
  },
  {
    what: 'an empty struct under a pointer taken for none',
    harm: 'a NetworkPolicy that lets in from everywhere looks like one that lets in from nowhere (I2)',
    edits: [
      {
        file: 'core/projection/plan-of-paths.ts',
        from: 'field === undefined || field.isPointer === true ?',
        to: 'field === undefined ?',
      },
    ],
    caughtBy: 'core/codec/embedded.test.ts',
  },
  {
    what: 'a resource read by the fields of another version than the one that is named',
    harm: 'fields that have other numbers there are taken for these: changes are swallowed (I2)',
    edits: [
      {
        file: 'core/resource/named.ts',
        from: 'const row = rows.get(`${nameOf(parts)}/${version}`);',
        to: 'const row = rows.get(`${nameOf(parts)}/${version}`) ?? [...rows.values()].find((one) => nameOf(one) === nameOf(parts));',
      },
    ],
    caughtBy: 'config/resources.test.ts',
  },
  {
    what: 'the most stable version taken for the one that is named',
    harm: 'watches at the version that was named pass unread, noise and all (R14)',
    edits: [
      {
        file: 'core/resource/built-in.ts',
        from: 'await builtInResource(name, version);',
        to: 'await builtInResource(name);',
      },
    ],
    caughtBy: 'config/resources.test.ts',
  },
  {
    what: 'structs that Go embeds never walked',
    harm: 'a path to a volume of a Pod in protobuf sees nothing change (R14)',
    edits: [
      {
        file: 'core/codec/protobuf/rules.ts',
        from: 'if (named.length === 0) continue;',
        to: 'if (named.length >= 0) continue;',
      },
    ],
    caughtBy: 'core/codec/embedded.test.ts',
  },
];
