/**
 * Text → documents with the positions of everything in them. A text is cut at its document markers first, so that
 * only what can hold a workload is ever parsed and everything else passes whatever it is. Pure.
 */
import { type Document, isMap, isScalar, parseAllDocuments, type ScalarTag, type YAMLError } from 'yaml';
import { readAliases } from './aliases.ts';
import { findWorkloads, mayHoldWorkload, type Workload } from './workload.ts';

/** One document and the workloads in it. */
export interface ParsedDocument {
  readonly tree: Document.Parsed;
  /** As plain values; undefined where it is not understood. */
  readonly value: unknown;
  readonly workloads: readonly Workload[];
  /** Anchors that something refers to: what carries one stands in more than one place. */
  readonly usedAnchors: ReadonlySet<string>;
  /** Why nothing in it can be changed, though its workloads are known. */
  readonly flaw: string | undefined;
  /** Why it is not known whether a workload is in it. */
  readonly unreadable: string | undefined;
}

/**
 * Pieces whose concatenation is `text`, each holding whole documents. A line that starts with `---` starts a
 * document wherever it stands: neither block scalars nor quoted text may hold one (YAML 1.2.2, 9.1.2).
 */
export function splitDocuments(text: string): readonly string[] {
  // A directive belongs to the document behind the next marker: cutting there would part them.
  const pieces = /^%/m.test(text) ? [text] : text.split(/^(?=\ufeff?---(?:[ \t\r\n]|$))/m);
  return pieces.flatMap(cutAtMark);
}

/** What stands before a document's first line may end with a byte order mark, where files were put together. */
const UNTIL_MARK = /^(?:---[ \t]*(?:#.*)?\r?\n)?(?:[ \t]*(?:#.*)?\r?\n)*\ufeff/;

/** The parser takes the mark only where a text starts; kubectl, wherever a line does. */
function cutAtMark(piece: string): readonly string[] {
  const cut: string[] = [];
  let rest = piece;
  for (let head; (head = UNTIL_MARK.exec(rest)?.[0]) !== undefined; rest = rest.slice(head.length))
    cut.push(head);
  return [...cut, rest];
}

/** Every document of `text`, whatever is wrong with it. */
export function parseDocuments(text: string): readonly ParsedDocument[] {
  const trees = parseAllDocuments(text, {
    customTags: (tags) => [BOOLEANS, ...tags],
    keepSourceTokens: true,
    merge: true,
    logLevel: 'silent',
  });
  return Array.isArray(trees) ? trees.map(understand) : [];
}

/** Those of YAML 1.1, by which kubectl reads: `hostNetwork: yes` is true. */
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
  // Bounded above.
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
  // The parser calls itself for what is nested.
  if (code === 'RESOURCE_EXHAUSTION') return 'it is nested too deeply';
  const [what = code] = message.split(/ at line |\n/);
  return `line ${linePos?.[0].line ?? 0} of it cannot be read: ${what}`;
}

/** Inside of a document the parser takes it for a part of the key that it stands before. */
function byteOrderMarkIn({ contents }: Document.Parsed): string | undefined {
  const hasOne =
    isMap(contents) && contents.items.some(({ key }) => isScalar(key) && key.source.startsWith('\ufeff'));
  return hasOne ? 'it has a byte order mark inside: take that out' : undefined;
}

/** Whether what can be read of it says that it is no workload, nor a list that may hold some. */
function isForeign({ contents }: Document.Parsed): boolean {
  const kind = isMap(contents) ? contents.get('kind') : undefined;
  return typeof kind === 'string' && kind !== '' && !mayHoldWorkload(kind);
}

/** Whether a mapping takes keys from elsewhere (`<<`, which go-yaml, and so kubectl, still understands). */
export function hasMergeKey(node: unknown): boolean {
  return isMap(node) && node.items.some(({ key }) => isScalar(key) && key.source === '<<');
}
