/**
 * Text → documents with the positions of everything in them. A text is cut at its document markers first, so that
 * only what can hold a workload is ever parsed and everything else passes whatever it is. Pure.
 */
import { type Document, isMap, isScalar, parseAllDocuments, visit } from 'yaml';
import { CannotSplice } from './problem.ts';
import { findWorkloads, type Workload } from './workload.ts';

/** One document and the workloads in it. */
export interface ParsedDocument {
  readonly tree: Document.Parsed;
  /** As plain values. */
  readonly value: unknown;
  readonly workloads: readonly Workload[];
}

/**
 * Pieces whose concatenation is `text`, each holding whole documents. A line that starts with `---` starts a
 * document wherever it stands: neither block scalars nor quoted text may hold one (YAML 1.2.2, 9.1.2).
 */
export function splitDocuments(text: string): readonly string[] {
  // A directive belongs to the document behind the next marker: cutting there would part them.
  return /^%/m.test(text) ? [text] : text.split(/^(?=---(?:[ \t\r\n]|$))/m);
}

/** @throws CannotSplice where it is not YAML, with the line in it. */
export function parseDocuments(text: string): readonly ParsedDocument[] {
  const trees = parseAllDocuments(text, { keepSourceTokens: true, merge: true, logLevel: 'silent' });
  if (!Array.isArray(trees)) return [];
  return trees.map((tree) => {
    const [error] = tree.errors;
    if (error !== undefined) {
      const line = error.linePos?.[0].line ?? 0;
      const [what = error.code] = error.message.split(/ at line |\n/);
      throw new CannotSplice(`line ${line} of it cannot be read: ${what}`);
    }
    const value: unknown = tree.toJS();
    return { tree, value, workloads: findWorkloads(value) };
  });
}

/** The anchors of `tree` that something refers to: what carries one stands in more than one place. */
export function usedAnchors(tree: Document.Parsed): ReadonlySet<string> {
  const names = new Set<string>();
  visit(tree, { Alias: (_key, alias) => void names.add(alias.source) });
  return names;
}

/** Whether a mapping takes keys from elsewhere (`<<`, which go-yaml, and so kubectl, still understands). */
export function hasMergeKey(node: unknown): boolean {
  return isMap(node) && node.items.some(({ key }) => isScalar(key) && key.source === '<<');
}
