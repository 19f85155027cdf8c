/**
 * JSON.parse, written plainly. V8 13.6 (Node.js 24) reads a key wrongly that is spelled with an escape, where an
 * earlier object with the same keys before it went on with a key that begins with a backslash: after
 * `{"a":1,"\\":2}`, `{"a":1,"\u0062":2}` has a key `\` and no `b`. A judge must not do that.
 */

const SPACE: ReadonlySet<string | undefined> = new Set([' ', '\t', '\n', '\r']);
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const LITERAL = /true|false|null/y;

/**
 * The value of a JSON text.
 * @param mayRepeat whether an object may have a key twice
 * @param objectOf what an object is made of its members; by default the last of two equal keys counts
 * @throws SyntaxError where JSON.parse throws one, and for such keys
 */
export function parseJsonSlowly(
  text: string,
  mayRepeat = true,
  objectOf: (entries: readonly (readonly [string, unknown])[]) => unknown = Object.fromEntries,
): unknown {
  let at = 0;

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  }

  function space(): void {
    while (SPACE.has(text[at])) at++;
  }

  /** Steps over one character, with the space around it, if it comes next. */
  function comes(character: string): boolean {
    space();
    if (text[at] !== character) return false;
    at++;
    space();
    return true;
  }

  function must(is: boolean): void {
    if (!is) throw new SyntaxError(`not JSON at ${at}`);
  }

  function string(): string {
    const spelled = take(STRING);
    must(spelled !== undefined);
    if (spelled?.includes('\\') !== true) return spelled?.slice(1, -1) ?? '';
    // A string of its own is no key, and read rightly.
    return String(JSON.parse(spelled));
  }

  function object(): unknown {
    const entries: [string, unknown][] = [];
    if (!comes('}')) {
      do {
        const key = string();
        must(comes(':'));
        entries.push([key, value()]);
      } while (comes(','));
      must(comes('}'));
    }
    must(mayRepeat || new Set(entries.map(([key]) => key)).size === entries.length);
    return objectOf(entries);
  }

  function array(): unknown {
    const items: unknown[] = [];
    if (!comes(']')) {
      do items.push(value());
      while (comes(','));
      must(comes(']'));
    }
    return items;
  }

  function value(): unknown {
    space();
    if (comes('{')) return object();
    if (comes('[')) return array();
    if (text[at] === '"') return string();
    const literal = take(LITERAL) ?? take(NUMBER);
    must(literal !== undefined && literal !== '');
    return JSON.parse(literal ?? '');
  }

  const whole = value();
  space();
  must(at === text.length);
  return whole;
}
