/**
 * Finds the paths at which two canonical forms of one plan and encoding differ. The paths hold keys of maps and names
 * of fields, but no values (R26). Keys are text from outside, so very long ones are cut.
 */
import type { FieldsLegend, Legend, PartLegend } from './legend.ts';

export interface PathDifference {
  /** For example `spec.unschedulable`, `metadata.labels["zone"]` or `status.conditions[NetworkUnavailable].status`. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
}

export interface Differences {
  readonly paths: readonly PathDifference[];
  /** Number of further paths that are not listed. */
  readonly more: number;
}

/** Maximum number of paths that are listed for one pair of forms. */
export const MAX_PATHS = 20;
/** The longest key of a label has 253 + 1 + 63 characters. */
const MAX_KEY_LENGTH = 320;

/**
 * Compares two forms that the scanner of this legend has written. Never throws, not even for bytes that no scanner has
 * written.
 */
export function differences(legend: FieldsLegend, before: Buffer, after: Buffer): Differences {
  const old = new FormReader(before, legend).read();
  const now = new FormReader(after, legend).read();
  const paths: PathDifference[] = [];
  for (const [path, values] of now) {
    const known = old.get(path);
    if (known === undefined) paths.push({ path, change: 'added' });
    else if (!sameValues(known, values)) paths.push({ path, change: 'changed' });
  }
  for (const path of old.keys()) if (!now.has(path)) paths.push({ path, change: 'removed' });
  const more = Math.max(0, paths.length - MAX_PATHS);
  return { paths: paths.slice(0, MAX_PATHS), more };
}

function sameValues(a: readonly Buffer[], b: readonly Buffer[]): boolean {
  return a.length === b.length && a.every((value, i) => b[i]?.equals(value) === true);
}

// The same values as in canonical.ts, json/projector.ts and map-entries.ts.
const VALUE = 1;
const OPEN = 2;
const KEY = 1;
const ID_BYTES = 4;
const LENGTH_BYTES = 4;

class FormReader {
  readonly #bytes: Buffer;
  readonly #legend: FieldsLegend;
  readonly #values = new Map<string, Buffer[]>();
  #at = 0;
  #taken = 0;
  // The record that was read last.
  #isOpen = false;
  #id = 0;
  #value: Buffer;

  constructor(bytes: Buffer, legend: FieldsLegend) {
    this.#bytes = bytes;
    this.#legend = legend;
    this.#value = bytes.subarray(0, 0);
  }

  /** The values of each path, in their order. A path has several values if it occurs more than once. */
  read(): ReadonlyMap<string, readonly Buffer[]> {
    this.#fields(this.#legend, '');
    return this.#values;
  }

  #inside(legend: Legend, path: string): void {
    switch (legend.kind) {
      case 'fields':
        this.#fields(legend, path);
        break;
      case 'map':
        this.#pairs(path);
        break;
      case 'list':
        for (let i = 0; this.#next(); i++) this.#element(legend.item, `${path}[${i}]`);
        break;
      case 'elements':
        while (this.#next()) {
          const kind = legend.kinds.get(this.#id);
          if (kind === undefined || !this.#isOpen) this.#take(path, this.#value);
          else this.#element(kind.item, `${path}${kind.step}`);
        }
        break;
      case 'values':
        while (this.#next()) this.#take(path, this.#value);
        break;
      default:
        legend satisfies never;
    }
  }

  #fields({ parts, isRestSpelled }: FieldsLegend, path: string): void {
    const elements = new Map<PartLegend, number>();
    let key = '';
    while (this.#next()) {
      const part = parts.get(this.#id);
      if (part === undefined && isRestSpelled) {
        if (this.#id === KEY) key = stepOf(this.#value);
        else this.#take(join(path, key), this.#value);
        continue;
      }
      // A part without a name is a field that this schema does not know yet.
      const child = join(path, part?.step ?? `.#${this.#id}`);
      if (!this.#isOpen) this.#take(child, this.#value);
      else if (part?.isElement === true && part.inside.kind === 'fields') {
        const index = elements.get(part) ?? 0;
        elements.set(part, index + 1);
        this.#element(part.inside, `${child}[${index}]`);
      } else this.#inside(part?.inside ?? { kind: 'values' }, child);
    }
  }

  /** Records an empty value for an element that has no record of its own, because its presence counts. */
  #element(legend: FieldsLegend, path: string): void {
    const before = this.#taken;
    this.#fields(legend, path);
    if (this.#taken === before) this.#take(path, this.#bytes.subarray(0, 0));
  }

  #pairs(path: string): void {
    let key = '';
    while (this.#next())
      if (this.#id === KEY) key = quoted(this.#value.toString());
      else this.#take(`${path}[${key}]`, this.#value);
  }

  #take(path: string, value: Buffer): void {
    this.#taken++;
    const values = this.#values.get(path);
    if (values === undefined) this.#values.set(path, [value]);
    else values.push(value);
  }

  /** Reads one record. @returns false at the end of the open object and at the end of the form */
  #next(): boolean {
    const bytes = this.#bytes;
    const marker = bytes[this.#at];
    const at = this.#at + 1 + ID_BYTES;
    if ((marker !== VALUE && marker !== OPEN) || at > bytes.length) {
      this.#at++;
      return false;
    }
    this.#isOpen = marker === OPEN;
    this.#id = bytes.readUInt32LE(at - ID_BYTES);
    this.#at = at;
    if (this.#isOpen) return true;
    if (at + LENGTH_BYTES > bytes.length) return false;
    const start = at + LENGTH_BYTES;
    this.#at = start + bytes.readUInt32LE(at);
    this.#value = bytes.subarray(start, this.#at);
    return true;
  }
}

/** Appends a step to a path. No path begins with a dot. */
function join(path: string, step: string): string {
  return path === '' && step.startsWith('.') ? step.slice(1) : path + step;
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The step of a field that the plan does not name: its key as it was spelled. */
function stepOf(key: Buffer): string {
  const text = key.toString();
  return PLAIN_NAME.test(text) ? `.${text}` : `[${quoted(text)}]`;
}

function quoted(key: string): string {
  return JSON.stringify(key.length > MAX_KEY_LENGTH ? `${key.slice(0, MAX_KEY_LENGTH)}…` : key);
}
