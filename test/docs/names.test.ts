/** Settings, commands, metrics and scripts are named in many places; here each place is held to what there is (R33). */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { helpOf } from '../../src/cli/help.ts';
import { envName, SETTING_FIELDS, SETTINGS } from '../../src/config/settings.ts';
import { METRICS, WEBHOOK_METRICS } from '../support/metric-table.ts';
import { codeLinesOf, codeSpansOf, type Document, DOCUMENTS, MANIFESTS, ROOT } from './documents.ts';

const ALL = [...DOCUMENTS, ...MANIFESTS];
const SERVE = new Set(SETTING_FIELDS.map((field) => `--${SETTINGS[field].flag}`));
/** Of every command. */
const META = ['--help', '--version'];
const FLAGS: Readonly<Record<string, ReadonlySet<string>>> = {
  serve: new Set([...META, ...SERVE]),
  init: new Set([...META, ...SERVE]),
  check: new Set([...META, ...flagsIn(helpOf('check'))]),
  completion: new Set(META),
  help: new Set(),
  version: new Set(),
  analyze: new Set([...META, ...flagsIn(helpOf('analyze'))]),
  record: new Set([...META, ...flagsIn(helpOf('record'))]),
  replay: new Set([...META, ...flagsIn(helpOf('replay'))]),
  demo: new Set([...META, ...flagsIn(helpOf('demo'))]),
  inject: new Set([...META, ...flagsIn(helpOf('inject'))]),
  uninject: new Set([...META, ...flagsIn(helpOf('uninject'))]),
  webhook: new Set([...META, ...flagsIn(helpOf('webhook'))]),
};
const OURS = new Set(Object.values(FLAGS).flatMap((flags) => [...flags]));
/** Of kubectl and Helm, then of the scripts for development: named without the command that has them. */
const OTHERS: ReadonlySet<string> = new Set([
  // V8's own, in docs/performance.md.
  '--semi-space-growth-factor',
  '--no-memory-reducer',
  '--memory-reducer-gc-count',
  '--optimize-for-size',
  '--single-threaded-gc',
  '--max-lazy',
  '--no-turbofan',
  '--lite-mode',
  ...['--dry-run', '--post-renderer-args', '--force-conflicts'],
  ...['--only', '--quick', '--seed', '--steps', '--minutes', '--target', '--inputs', '--at', '--long'],
  ...['--json', '--check', '--install', '--image-layout', '--out'],
]);

function flagsIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag);
}

/** `path: name` of each name in these texts that is not known. */
function unknown(
  documents: readonly Document[],
  names: (document: Document) => readonly string[],
  isKnown: (name: string) => boolean,
): string[] {
  return documents.flatMap((document) =>
    [...new Set(names(document))].filter((name) => !isKnown(name)).map((name) => `${document.path}: ${name}`),
  );
}

/** The names that a pattern finds, and that there are enough of them for the pattern to be worth something. */
function found(pattern: RegExp, atLeast: number): (document: Document) => string[] {
  const count = ALL.flatMap(({ text }) => [...text.matchAll(pattern)]).length;
  assert.ok(count >= atLeast, `only ${count} of ${pattern.source}`);
  return ({ text }) => [...text.matchAll(pattern)].map(([name, group]) => group ?? name);
}

test('every WATCHSIEVE_ variable in documents and manifests is that of a setting', () => {
  const known = new Set(SETTING_FIELDS.map((field) => envName(SETTINGS[field].flag)));
  assert.deepEqual(
    unknown(ALL, found(/\bWATCHSIEVE_[A-Z0-9_]+/g, 30), (name) => known.has(name)),
    [],
  );
});

test('every watchsieve_ metric in documents, alerts and dashboard exists', () => {
  const isKnown = (name: string): boolean => {
    const base = name.replace(/_(?:bucket|sum|count)$/, '');
    const all = { ...METRICS, ...WEBHOOK_METRICS };
    return all[name] !== undefined || all[base]?.[0] === 'histogram';
  };
  assert.deepEqual(unknown(ALL, found(/\bwatchsieve_[a-z0-9_]+/g, 60), isKnown), []);
});

test('every npm script in documents exists', () => {
  const known = new Set(Object.keys(packageJson.scripts));
  const byName = found(/\bnpm run ([a-z][a-z0-9:]*)/g, 10);
  assert.deepEqual(
    unknown(DOCUMENTS, byName, (name) => known.has(name)),
    [],
  );
  const spans = (document: Document) => codeSpansOf(document).filter((span) => /^test:[a-z:]+$/.test(span));
  assert.deepEqual(
    unknown(DOCUMENTS, spans, (name) => known.has(name)),
    [],
  );
});

test('every flag that a document names by itself exists', () => {
  const flags = (document: Document) =>
    codeSpansOf(document)
      .filter((span) => span.startsWith('--'))
      .flatMap(flagsIn);
  assert.ok(DOCUMENTS.flatMap(flags).length > 60);
  assert.deepEqual(
    unknown(DOCUMENTS, flags, (flag) => OURS.has(flag) || OTHERS.has(flag)),
    [],
  );
});

test('every command line in a document has a command that there is, with flags that it has', () => {
  let lines = 0;
  const wrong = (document: Document): string[] =>
    [...codeLinesOf(document), ...codeSpansOf(document)].flatMap((line) =>
      [...line.matchAll(/(?:^|npx |\$ )watchsieve(?:\.js)? (?<command>[a-z]+)(?<rest>[^|;>]*)/g)].flatMap(
        (match) => {
          lines += 1;
          const known = FLAGS[match[1] ?? ''];
          if (known === undefined) return [`watchsieve ${match[1]}`];
          return flagsIn(match[2] ?? '').filter((flag) => !known.has(flag));
        },
      ),
    );
  assert.deepEqual(
    unknown(DOCUMENTS, wrong, () => false),
    [],
  );
  assert.ok(lines > 15, `${lines} command lines`);
});

test('every file of the project that a document names exists', () => {
  const files = (document: Document) =>
    codeSpansOf(document).filter((span) =>
      /^(?:src|test|bench|manifests|docs)\/[\w./-]+\.[a-z]+$/.test(span),
    );
  assert.ok(DOCUMENTS.flatMap(files).length > 30);
  assert.deepEqual(
    unknown(DOCUMENTS, files, (path) => existsSync(`${ROOT}/${path}`)),
    [],
  );
});

test('CONTRIBUTING.md draws every room of src', () => {
  const drawing = readFileSync(`${ROOT}/CONTRIBUTING.md`, 'utf8').split('```')[1] ?? '';
  const folders = readdirSync(`${ROOT}/src`, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isDirectory())
    .filter(({ parentPath }) => parentPath.slice(`${ROOT}/src`.length).split('/').length <= 2);
  assert.deepEqual(
    folders.map(({ name }) => name).filter((name) => !drawing.includes(`${name}/`)),
    [],
  );
});

test('no document sends anybody to a name that a stranger may own: npx fetches what is not installed', () => {
  const fetched = (document: Document) =>
    [
      ...document.text.matchAll(/\b(?:npx|npm install --global|npm i -g) (?:@[\w-]+\/)?watchsieve\b(?!-)/g),
    ].map(([all]) => all);
  assert.deepEqual(
    unknown(DOCUMENTS, fetched, () => false),
    [],
  );
});

test('where an install is piped to the cluster, its page says that the next apply of the original undoes it', () => {
  const PIPED = /watchsieve inject [^|`\n]*\| *kubectl apply/;
  const piped = DOCUMENTS.filter(({ text }) => PIPED.test(text));
  assert.ok(piped.length > 0);
  for (const { path, text } of piped)
    assert.match(text, /the next `kubectl apply` of the original takes the sidecar out again/, path);
});
