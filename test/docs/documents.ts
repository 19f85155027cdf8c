/** What the tests of the documents read: every Markdown file of the project, its links, headings and code. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A text file of the project, by its path from the root. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

export const DOCUMENTS: readonly Document[] = read([
  ...['*.md', 'docs/*.md', 'bench/*.md', 'test/**/*.md', 'manifests/**/*.md'],
]);
export const MANIFESTS: readonly Document[] = read(['manifests/**/*.{yaml,json,sh}']);

function read(patterns: readonly string[]): readonly Document[] {
  return globSync(patterns, { cwd: ROOT }).map((path) => ({
    path,
    text: readFileSync(`${ROOT}/${path}`, 'utf8'),
  }));
}

const FENCE = /^ *```(?<language>[a-z]*)\n(?<body>[\s\S]*?)^ *```$/gm;

/** Without what stands in fences, where `[` and `#` mean something else. */
export function proseOf({ text }: Document): string {
  return text.replace(FENCE, '');
}

/** Where its links lead. */
export function linksOf(document: Document): string[] {
  return [...proseOf(document).matchAll(/\]\((?<target>[^)\s]+)\)/g)].map((match) => match[1] ?? '');
}

/** The anchors of its headings, as GitHub makes them. */
export function anchorsOf(document: Document): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(document).matchAll(/^#{1,6} +(.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** What stands between backticks in the prose. */
export function codeSpansOf(document: Document): string[] {
  return [...proseOf(document).matchAll(/`(?<code>[^`\n]+)`/g)].map((match) => match[1] ?? '');
}

/** The lines in fences, those that end in a backslash joined with the next. */
export function codeLinesOf({ text }: Document): string[] {
  return [...text.matchAll(FENCE)].flatMap((match) => (match[2] ?? '').replace(/\\\n\s*/g, '').split('\n'));
}
