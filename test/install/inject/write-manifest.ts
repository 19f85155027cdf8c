/** Writes a manifest as somebody might have: indentation, quotes, comments, flow and line ends by chance. */

export interface Layout {
  readonly seed: number;
  readonly kind: 'block' | 'mixed' | 'json' | 'minified';
  readonly step: number;
  readonly dashOffset: number;
  readonly eol: string;
  readonly hasFinalEol: boolean;
  /** In front of the document. */
  readonly before: string;
}

/** What JSON would leave out is not written either. */
function withoutAbsent(value: object): object {
  const plain: unknown = JSON.parse(JSON.stringify(value));
  if (typeof plain !== 'object' || plain === null) throw new TypeError('a manifest is an object');
  return plain;
}

/** Chooses among n, always the same for one seed. */
type Choose = (n: number) => number;

export function write(value: object, layout: Layout): string {
  const choose = chooser(layout.seed);
  const text = new Writer(layout, choose).document(withoutAbsent(value));
  const whole = layout.before + (layout.hasFinalEol ? text : text.replace(/\n+$/, ''));
  return whole.replaceAll('\n', layout.eol);
}

function chooser(seed: number): Choose {
  let state = seed >>> 0 || 1;
  return (n) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % n;
  };
}

class Writer {
  readonly #layout: Layout;
  readonly #choose: Choose;

  constructor(layout: Layout, choose: Choose) {
    this.#layout = layout;
    this.#choose = choose;
  }

  document(value: object): string {
    if (this.#layout.kind === 'minified') return `${JSON.stringify(value)}\n`;
    if (this.#layout.kind === 'json')
      return `${JSON.stringify(value, null, this.#choose(3) === 0 ? '\t' : this.#layout.step)}\n`;
    return this.#block(value, 0).join('\n') + '\n';
  }

  /** The lines of a collection that is not empty. */
  #block(value: object, indent: number): string[] {
    const pad = ' '.repeat(indent);
    if (Array.isArray(value))
      return value.flatMap((item: unknown) => [...this.#comments(pad), ...this.#item(item, indent)]);
    return Object.entries(value).flatMap(([key, each]: [string, unknown]) => [
      ...this.#comments(pad),
      ...this.#pair(key, each, indent),
    ]);
  }

  #item(item: unknown, indent: number): string[] {
    const pad = ' '.repeat(indent);
    if (!this.#fitsBlock(item)) return [`${pad}- ${this.#flow(item)}${this.#trailing()}`];
    const lines = this.#block(item, indent + 2);
    // Alone behind its dash, now and then; or it starts with a comment, which cannot follow a dash.
    if (this.#choose(6) === 0 || /^\s*(?:#|$)/.test(lines[0] ?? '')) return [`${pad}-`, ...lines];
    return lines.map((line, index) => (index === 0 ? `${pad}- ${line.slice(indent + 2)}` : line));
  }

  #pair(key: string, value: unknown, indent: number): string[] {
    const pad = ' '.repeat(indent);
    const name = this.#choose(8) === 0 ? JSON.stringify(key) : key;
    if (value === null) {
      const text = ['', ' null', ' ~', ' Null'][this.#choose(4)] ?? '';
      return [`${pad}${name}:${text}${this.#trailing()}`];
    }
    if (!this.#fitsBlock(value)) {
      if (typeof value === 'string' && value.endsWith('\n') && this.#choose(2) === 0)
        return [
          `${pad}${name}: |`,
          ...value
            .trimEnd()
            .split('\n')
            .map((line) => `${pad}  ${line}`),
        ];
      return [`${pad}${name}: ${this.#flow(value)}${this.#trailing()}`];
    }
    const deeper = indent + (Array.isArray(value) ? this.#layout.dashOffset : this.#layout.step);
    return [`${pad}${name}:${this.#trailing()}`, ...this.#block(value, deeper)];
  }

  #fitsBlock(value: unknown): value is object {
    if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return false;
    return this.#layout.kind === 'block' || this.#choose(5) > 0;
  }

  #flow(value: unknown): string {
    const space = this.#choose(2) === 0 ? ' ' : '';
    const end = this.#choose(4) === 0 ? ',' : '';
    if (Array.isArray(value)) {
      if (value.length === 0) return `[${space}]`;
      return `[${space}${value.map((item) => this.#flow(item)).join(`,${space}`)}${end}${space}]`;
    }
    if (typeof value === 'object' && value !== null) {
      const pairs = Object.entries(value).map(([key, each]) => `${key}: ${this.#flow(each)}`);
      return pairs.length === 0 ? `{${space}}` : `{${space}${pairs.join(`,${space}`)}${end}${space}}`;
    }
    if (typeof value !== 'string') return String(value);
    if (/^[a-z]\w*$/i.test(value) && this.#choose(2) === 0) return value;
    return JSON.stringify(value);
  }

  #comments(pad: string): string[] {
    return [[], [], [], [], [''], [`${pad}# - name: watchsieve`], ['# far left', '']][this.#choose(7)] ?? [];
  }

  #trailing(): string {
    return ['', '', '', ' # why: not', '  '][this.#choose(5)] ?? '';
  }
}
