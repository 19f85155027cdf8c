/**
 * What the aliases of a document stand for, found out before anything is copied: a few lines of them can mean more
 * than any memory holds. Pure.
 */
import { isAlias, isCollection, isPair, isScalar } from 'yaml';

/** Values that aliases may stand for in all, so that whatever walks the document afterwards stays quick. */
const MAX_COPIED = 100_000;
/** The parser looks for the anchor of each among all of them. */
const MAX_ALIASES = 10_000;

export interface Aliases {
  /** The anchors that something refers to. */
  readonly used: ReadonlySet<string>;
  /** Why they cannot be followed. */
  readonly problem: string | undefined;
}

/** Reads the aliases of a document in the order of its text, in which an anchor stands before what refers to it. */
export function readAliases(contents: unknown): Aliases {
  const reader = new AliasReader();
  reader.count(contents);
  return reader;
}

class AliasReader implements Aliases {
  readonly used = new Set<string>();
  problem: string | undefined;
  /** By anchor, how many values it stands for. */
  readonly #sizes = new Map<string, number>();
  /** Anchors of what is being read. */
  readonly #open = new Set<string>();
  #copied = 0;
  #aliases = 0;

  /** How many values `node` holds, with those that aliases stand for. */
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
    if (this.#open.has(name)) this.problem ??= `the alias *${name} stands in what it refers to`;
    else if (size === undefined) this.problem ??= `no anchor &${name} stands before the alias *${name}`;
    this.#copied += size ?? 0;
    this.#aliases += 1;
    if (this.#copied > MAX_COPIED || this.#aliases > MAX_ALIASES)
      this.problem ??= 'its aliases stand for too much: write some of them out';
    return size ?? 0;
  }
}
