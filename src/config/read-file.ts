/** YAML file → given values. Defines the syntax and the keys of the file. Pure: the text is a parameter. */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { beyondBounds } from '../platform/text/yaml-bounds.ts';
import { didYouMean, type Given, type Source } from './given.ts';
import { recordAt } from '../platform/text/json-value.ts';
import { type Definitions, readProjections } from './read-projections.ts';
import { readResources } from './read-resources.ts';
import { envName, fileKey, SETTING_FIELDS, SETTINGS, type SettingField } from './settings.ts';
import { messageOf } from '../platform/text/failure.ts';

/** The only key that is not a setting. Settings choose among the projections that it defines. */
const PROJECTIONS = 'projections';

/**
 * The file is also read while streams run, and everyone who may write the ConfigMap may write any text. So no text may
 * take longer than a fraction of a second. All settings with ten projections need a tenth of these bounds.
 */
const BOUNDS = { characters: 64 * 1024, tokens: 5000, markedKeys: 20 };
const MAX_PROBLEMS = 20;

/**
 * Reads a mapping of setting names in camelCase to plain values.
 * @param text - the content of the file
 * @param file - its path, for messages
 * @param isNamed - true if a flag or the environment names this file; otherwise some settings are not allowed in it
 */
export function readFileSettings(text: string, file: string, isNamed: boolean): Source {
  const beyond = beyondBounds(text, BOUNDS);
  if (beyond !== undefined) return { given: [], problems: [`${file} is not read: ${beyond}`] };
  try {
    const source = readDocument(text, file, isNamed);
    const more = source.problems.length - MAX_PROBLEMS;
    if (more <= 0) return source;
    return { ...source, problems: [...source.problems.slice(0, MAX_PROBLEMS), `${file}: and ${more} more`] };
  } catch (error) {
    // The library has bounds of its own: for aliases that expand too far or have no target, and for the depth of the
    // stack.
    return {
      given: [],
      problems: [`${file} cannot be read: ${messageOf(error)}`],
    };
  }
}

function readDocument(text: string, file: string, isNamed: boolean): Source {
  const lines = new LineCounter();
  const document: Document.Parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => `${file} line ${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    return {
      given: [],
      problems: document.errors.map((error) => `${place(error.pos[0])}: ${error.message}`),
    };
  }
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return { given: [], problems: [] };
  if (!isMap(root)) return { given: [], problems: [`${file}: must be a mapping of settings`] };

  const fields = fieldsByKey();
  const given: Given[] = [];
  const problems: string[] = [];
  let definitions: Definitions | undefined;
  for (const { key, value } of root.items) {
    const name = isScalar(key) ? key.source : 'a key that is not text';
    const where = place(isScalar(key) ? key.range[0] : 0);
    const field = fields.get(name);
    if (name === PROJECTIONS) {
      const read = readProjections(
        isNode(value) ? value.toJS(document) : undefined,
        (projection, path) => placeIn(value, projection, path, place) ?? where,
      );
      definitions = read.definitions;
      problems.push(...read.problems);
    } else if (field === 'resources' && isMap(value)) {
      const read = readResources(
        recordAt(value.toJS(document)),
        (resource, path) => placeIn(value, resource, path, place) ?? where,
      );
      const text = read.entries
        .map(({ name, projection }) => (typeof projection === 'string' ? `${name}=${projection}` : name))
        .join();
      given.push({ field, text, source: `resources (${where})`, entries: read.entries });
      problems.push(...read.problems);
    } else if (field === undefined) {
      problems.push(`unknown setting ${name} (${where})${didYouMean(name, [...fields.keys(), PROJECTIONS])}`);
    } else if (SETTINGS[field].inFile === 'named' && !isNamed) {
      problems.push(`${name} (${where}) ${notHere(SETTINGS[field].flag)}`);
    } else if (isScalar(value) && value.value !== null) {
      // `source` instead of `value`: 1.1 means the text, not a number.
      given.push({ field, text: value.source, source: `${name} (${where})` });
    } else {
      problems.push(`${name} (${where}) must be ${SETTINGS[field].kind.allowed}, not ${describe(value)}`);
    }
  }
  return { given, problems, ...(definitions === undefined ? {} : { definitions }) };
}

/** The place of a projection, or of one of its paths if the file has it there; undefined if the file has neither. */
function placeIn(
  projections: unknown,
  name: string | undefined,
  path: string | undefined,
  place: (offset: number) => string,
): string | undefined {
  if (!isMap(projections)) return undefined;
  for (const { key, value } of projections.items) {
    if (!isScalar(key) || String(key.value) !== name) continue;
    const lists = isMap(value) ? value.items.map((pair) => pair.value) : [];
    const found = lists
      .flatMap((list) => (isSeq(list) ? list.items : []))
      .find((item) => isScalar(item) && item.value === path);
    const offset = (isScalar(found) ? found : key).range?.[0];
    return offset === undefined ? undefined : place(offset);
  }
  return undefined;
}

function fieldsByKey(): Map<string, SettingField> {
  return new Map(
    SETTING_FIELDS.filter((field) => SETTINGS[field].inFile !== 'none').map((field) => [
      fileKey(SETTINGS[field].flag),
      field,
    ]),
  );
}

function notHere(flag: string): string {
  return (
    'is not taken from the default config file, because whoever may write that could divert credentials with it: ' +
    `set --${flag} or ${envName(flag)}, or name the file with --config`
  );
}

function describe(value: unknown): string {
  if (isMap(value)) return 'a mapping';
  if (isSeq(value)) return 'a list';
  return isAlias(value) ? 'an alias' : 'empty';
}
