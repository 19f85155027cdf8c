/** Deliberate breaks of what a projection takes of an event: each has been a mistake of the program, or is near one. */
import { type Break, MODEL } from './break.ts';

const DIFFERENTIAL = 'differential/differential.test.ts';
const CUSTOM = 'core/projection/custom-projection.test.ts';

export const BREAKS_OF_PROJECTIONS: readonly Break[] = [
  {
    what: 'the images count as the end of the status',
    harm: 'changes of volumesInUse and later fields are lost (I2)',
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
    what: 'a narrower path narrows a wider one',
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
    what: 'a path below a field without fields is accepted',
    harm: 'the path means nothing, and its author is not told (R14)',
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
    what: 'the text of a path is compared with an escaped text as latin1',
    harm: 'an element called Größe is not found if the server escapes, and its changes are lost (R15)',
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
    what: 'elements are chosen by a time',
    harm: 'in protobuf no element is found, and changes are lost (R14)',
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
    what: 'a key of a map matches as a prefix',
    harm: 'without annotations["a"], changes of ab are lost (R14)',
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
    what: 'a prefix does not match the equal key',
    harm: 'with labels["a*"], changes of a are lost (R14)',
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
    what: 'a map is left out as a whole if one of its keys is',
    harm: 'without the time of its last trigger, an EndpointSlice loses every annotation (I2)',
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
    what: 'all kinds of elements are alike',
    harm: 'an address that changes from InternalIP to Hostname is no change (I2)',
    edits: [{ file: 'core/codec/rules.ts', from: 'id: ids + index,', to: 'id: ids,' }],
    caughtBy: CUSTOM,
  },
  {
    what: 'paths to every element ignore the kinds with paths of their own',
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
    what: 'a kind of elements is left out if one of its fields is',
    harm: 'without conditions[type=Ready].reason, a node that becomes ready is no change (R14)',
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
    what: 'a quote at the beginning of a text ends a condition',
    harm: 'a status that begins with a brace may become True unseen (I2)',
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
    what: 'an empty struct under a pointer counts as absent',
    harm: 'a NetworkPolicy that allows all sources equals one that allows none (I2)',
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
    what: 'a resource is read by the schema of another version',
    harm: 'fields with other numbers are confused, and changes are swallowed (I2)',
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
    what: 'the most stable version replaces the named one',
    harm: 'watches at the named version pass unread (R14)',
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
    what: 'structs that Go embeds are never walked',
    harm: 'a path to a volume of a Pod in protobuf sees no change (R14)',
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
