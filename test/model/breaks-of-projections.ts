/** Deliberate breaks of what a projection takes of an event: each has been a mistake of the program, or is near one. */
import { type Break } from './break.ts';

const DIFFERENTIAL = 'differential/differential.test.ts';

export const BREAKS_OF_PROJECTIONS: readonly Break[] = [
  {
    what: 'the images taken for the end of the status',
    harm: 'changes of volumesInUse and all else behind the images are no change to who leaves the images out (I2)',
    edits: [
      {
        file: 'core/codec/json/projector.ts',
        from: ': endOfLongList(this.#bytes, at, limit, tail);',
        to: ': limit - tail.length;',
      },
    ],
    caughtBy: DIFFERENTIAL,
  },
  {
    what: 'a wider path narrowed by a narrower one',
    harm: 'status and status.addresses[*].type together lose a changed address (R14)',
    edits: [
      {
        file: 'core/projection/custom-projection.ts',
        from: "const known = choices.get(name);\n  if (known === 'all') return undefined;\n",
        to: "const before = choices.get(name);\n  const known = before === 'all' ? undefined : before;\n",
      },
    ],
    caughtBy: DIFFERENTIAL,
  },
  {
    what: 'a path into what has no fields accepted',
    harm: 'it means nothing, and whoever wrote it does not hear of it (R14)',
    edits: [
      {
        file: 'core/projection/custom-projection.ts',
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
    caughtBy: DIFFERENTIAL,
  },
  {
    what: 'elements chosen by a time',
    harm: 'in protobuf no element is ever found, and their changes are lost (R14)',
    edits: [
      {
        file: 'core/projection/custom-projection.ts',
        from: "if (fieldOf(type, where)?.holds === 'time')",
        to: "if (where === '')",
      },
    ],
    caughtBy: DIFFERENTIAL,
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
    caughtBy: DIFFERENTIAL,
  },
];
