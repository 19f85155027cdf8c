/**
 * Measures what the aliases of a document stand for before anything is copied, because a few lines of aliases can
 * expand beyond any memory. Pure.
 */
import { isAlias, isCollection, isPair, isScalar } from 'yaml';

/** The most values that all aliases together may stand for, so that walking the document stays quick. */
const MAX_COPIED = 100_000;
/** The most aliases. For each one, the parser searches all anchors. */
const MAX_ALIASES = 10_000;

export interface Aliases {
  /** The anchors that have aliases. */
  readonly used: ReadonlySet<string>;
  /** The reason why the aliases cannot be followed. */
  readonly problem: string | undefined;
}

/** Reads the aliases in the order of the text, in which an anchor comes before its aliases. */
export function readAliases(contents: unknown): Aliases {
  const reader = new AliasReader();
  reader.count(contents);
  return reader;
}

class AliasReader implements Aliases {
  readonly used = new Set<string>();
  problem: string | undefined;
  /** For each anchor, the number of values it stands for. */
  readonly #sizes = new Map<string, number>();
  /** The anchors of the nodes being read. */
  readonly #open = new Set<string>();
  #copied = 0;
  #aliases = 0;

  /** The number of values in `node`, including those that aliases stand for. */
  count(node: unknown): number {
    if (isAlias(node)) return this.#countAlias(node.source);
    if (isPair(node)) return this.count(node.key) + this.count(node.value);
    if (!isCollection(node)) {
      if (isScalar(node) && node.anchor !== undefined) this.#sizes.set(node.anchor, 1);
      return 1;
    }
    const { anchor } = node;
    if (anchor !== undefined) this.#open.add(anchor);
    const size = node.items.reduce<number>((sum, item) => sum + this.count(item), 1);
    if (anchor !== undefined) {
      this.#open.delete(anchor);
      this.#sizes.set(anchor, size);
    }
    return size;
  }

  #countAlias(name: string): number {
    this.used.add(name);
    const size = this.#sizes.get(name);
    if (this.#open.has(name)) this.problem ??= `the alias *${name} is inside of what it refers to`;
    else if (size === undefined) this.problem ??= `the alias *${name} has no anchor &${name} before it`;
    this.#copied += size ?? 0;
    this.#aliases += 1;
    if (this.#copied > MAX_COPIED || this.#aliases > MAX_ALIASES)
      this.problem ??= 'its aliases expand to too much text: write some of them out';
    return size ?? 0;
  }
}
