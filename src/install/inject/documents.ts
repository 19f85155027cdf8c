/**
 * Parses text into documents with the positions of everything in them. The text is cut at its document markers first,
 * so that only documents that may contain a workload are parsed, and all others pass unread. Pure.
 */
import { type Document, isMap, isScalar, parseAllDocuments, type ScalarTag, type YAMLError } from 'yaml';
import { readAliases } from './aliases.ts';
import { findWorkloads, mayHoldWorkload, type Workload } from './workload.ts';

export interface ParsedDocument {
  readonly tree: Document.Parsed;
  /** As plain values; undefined if it was not understood. */
  readonly value: unknown;
  readonly workloads: readonly Workload[];
  /** Anchors with aliases: their nodes occur in more than one place. */
  readonly usedAnchors: ReadonlySet<string>;
  /** The reason why the document cannot be changed although its workloads are known. */
  readonly flaw: string | undefined;
  /** The reason why it is unknown whether the document contains a workload. */
  readonly unreadable: string | undefined;
}

/**
 * Cuts text into pieces of whole documents; joined, they are `text`. A line that starts with `---` always starts a
 * document, because neither block scalars nor quoted text may contain such a line (YAML 1.2.2, 9.1.2).
 */
export function splitDocuments(text: string): readonly string[] {
  // A directive belongs to the document after the next marker, and a cut would separate them.
  const pieces = /^%/m.test(text) ? [text] : text.split(/^(?=\ufeff?---(?:[ \t\r\n]|$))/m);
  return pieces.flatMap(cutAtMark);
}

/** In concatenated files, the text before a document's first line may end with a byte order mark. */
const UNTIL_MARK = /^(?:---[ \t]*(?:#.*)?\r?\n)?(?:[ \t]*(?:#.*)?\r?\n)*\ufeff/;

/** The parser accepts the mark only at the start of a text, kubectl at the start of any line. */
function cutAtMark(piece: string): readonly string[] {
  const cut: string[] = [];
  let rest = piece;
  for (let head; (head = UNTIL_MARK.exec(rest)?.[0]) !== undefined; rest = rest.slice(head.length))
    cut.push(head);
  return [...cut, rest];
}

/** All documents of `text`, whatever is wrong with them. */
export function parseDocuments(text: string): readonly ParsedDocument[] {
  const trees = parseAllDocuments(text, {
    customTags: (tags) => [BOOLEANS, ...tags],
    keepSourceTokens: true,
    merge: true,
    logLevel: 'silent',
  });
  return Array.isArray(trees) ? trees.map(understand) : [];
}

/** The booleans of YAML 1.1, as kubectl reads them: `hostNetwork: yes` is true. */
const BOOLEANS: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  identify: (value) => typeof value === 'boolean',
  test: /^(?:y|n|yes|no|on|off|true|false|Y|N|Yes|No|On|Off|True|False|YES|NO|ON|OFF|TRUE|FALSE)$/,
  resolve: (text) => /^(?:y|on$|t)/i.test(text),
};

function understand(tree: Document.Parsed): ParsedDocument {
  const { used: usedAnchors, problem } = readAliases(tree.contents);
  const broken = tree.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  const unreadable = broken === undefined ? (problem ?? byteOrderMarkIn(tree)) : describeError(broken);
  if (unreadable !== undefined) {
    const reported = isForeign(tree) ? undefined : unreadable;
    return { tree, value: undefined, workloads: [], usedAnchors, flaw: undefined, unreadable: reported };
  }
  const [flaw] = tree.errors;
  // The number of aliases was limited above.
  const value: unknown = tree.toJS({ maxAliasCount: -1 });
  return {
    tree,
    value,
    workloads: findWorkloads(value),
    usedAnchors,
    flaw: flaw && describeError(flaw),
    unreadable: undefined,
  };
}

function describeError({ code, linePos, message }: YAMLError): string {
  // The parser recurses for nested values.
  if (code === 'RESOURCE_EXHAUSTION') return 'it is nested too deeply';
  const [what = code] = message.split(/ at line |\n/);
  return `line ${linePos?.[0].line ?? 0} of it cannot be read: ${what}`;
}

/** Inside a document, the parser takes the mark as a part of the key that follows. */
function byteOrderMarkIn({ contents }: Document.Parsed): string | undefined {
  const hasOne =
    isMap(contents) && contents.items.some(({ key }) => isScalar(key) && key.source.startsWith('\ufeff'));
  return hasOne ? 'it contains a byte order mark: remove it' : undefined;
}

/** True if the document is certainly neither a workload nor a list that may contain some. */
function isForeign({ contents }: Document.Parsed): boolean {
  const kind = isMap(contents) ? contents.get('kind') : undefined;
  return typeof kind === 'string' && kind !== '' && !mayHoldWorkload(kind);
}

/** True if a mapping takes keys from elsewhere (`<<`, which go-yaml and therefore kubectl still support). */
export function hasMergeKey(node: unknown): boolean {
  return isMap(node) && node.items.some(({ key }) => isScalar(key) && key.source === '<<');
}
