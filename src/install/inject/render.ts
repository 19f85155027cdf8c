/** Writes plain values as block YAML, flow YAML or JSON, in the style of a manifest. Pure. */
import type { Json } from '../../platform/text/json-value.ts';
import type { JsonStyle, Style } from './style.ts';

type Entries = Readonly<Record<string, Json>>;

/** @returns lines without their common indentation and without line breaks */
export function blockEntries(entries: Entries, style: Style): string[] {
  return Object.entries(entries).flatMap(([key, value]) => blockEntry(key, value, style));
}

function blockEntry(key: string, value: Json, style: Style): string[] {
  const name = scalar(key, 'block');
  if (isList(value) && value.length > 0)
    return [`${name}:`, ...indented(blockItems(value, style), style.dashOffset)];
  if (isMapping(value) && Object.keys(value).length > 0)
    return [`${name}:`, ...indented(blockEntries(value, style), style.step)];
  return [`${name}: ${leaf(value)}`];
}

export function blockItems(items: readonly Json[], style: Style): string[] {
  return items.flatMap((item) => {
    const lines = isMapping(item) && Object.keys(item).length > 0 ? blockEntries(item, style) : [leaf(item)];
    return lines.map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`));
  });
}

/** A scalar that ends its line, or an empty collection. */
function leaf(value: Json): string {
  return isList(value) || isMapping(value) ? flow(value) : scalar(value, 'block');
}

function indented(lines: readonly string[], columns: number): string[] {
  return lines.map((line) => ' '.repeat(columns) + line);
}

/** One line of YAML that is valid inside other flow collections. */
export function flow(value: Json): string {
  if (isList(value)) return `[${value.map(flow).join(', ')}]`;
  if (!isMapping(value)) return scalar(value, 'flow');
  const pairs = Object.entries(value).map(([key, each]) => `${scalar(key, 'flow')}: ${flow(each)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** @param indent - of the line on which the value starts */
export function jsonText(value: Json, { unit }: JsonStyle, indent: string, eol: string): string {
  if (unit === undefined) return JSON.stringify(value);
  return JSON.stringify(value, null, unit).replaceAll('\n', eol + indent);
}

/** Text that needs no quotes in YAML 1.1, which kubectl reads, and 1.2: it is not a number, boolean or time. */
const PLAIN = /^[A-Za-z/][\w./-]*$/;
const PLAIN_WITH_COLONS = /^[A-Za-z/][\w./-]*(?::[\w./@-]+)*(?:@sha256:[0-9a-f]+)?$/;
const QUANTITY = /^\d+(?:m|Ki|Mi|Gi)$/;
const WORD_WITH_MEANING = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

function scalar(value: string | number | boolean | null, context: 'block' | 'flow'): string {
  if (typeof value !== 'string') return String(value);
  const plain = context === 'block' ? PLAIN_WITH_COLONS : PLAIN;
  if ((plain.test(value) && !WORD_WITH_MEANING.test(value)) || QUANTITY.test(value)) return value;
  // Single quotes need fewer escapes for JSON in a string.
  const isPrintable = /^[\x20-\x7e]*$/.test(value);
  return value.includes('"') && isPrintable ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isMapping(value: Json): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
