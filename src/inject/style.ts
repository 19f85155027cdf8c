/** How a manifest is written, so that what is added looks like the rest. Pure. */
import type { Document } from 'yaml';
import { isMap, isSeq } from 'yaml';
import { column, elementsOf, isFlow, startOf } from './position.ts';

export interface Style {
  readonly eol: string;
  /** Columns by which a mapping in a mapping is indented. */
  readonly step: number;
  /** Columns by which the dash of a list stands behind the key of the list. */
  readonly dashOffset: number;
  /** Undefined for YAML. */
  readonly json: JsonStyle | undefined;
}

export interface JsonStyle {
  /** One level of indentation; undefined where everything stands on one line. */
  readonly unit: string | undefined;
}

/** Reads the style of the document in `text`, by the parts of it that every workload has. */
export function styleOf(text: string, tree: Document.Parsed, workload: unknown): Style {
  return {
    eol: /\r?\n/.exec(text)?.[0] ?? '\n',
    step: stepOf(text, workload) ?? 2,
    dashOffset: dashOffsetOf(text, workload) ?? 0,
    json: jsonStyleOf(text, tree),
  };
}

function jsonStyleOf(text: string, { contents }: Document.Parsed): JsonStyle | undefined {
  if (contents === null) return undefined;
  const source = text.slice(contents.range[0], contents.range[1]);
  if (!source.startsWith('{')) return undefined;
  try {
    JSON.parse(source);
  } catch {
    return undefined;
  }
  return { unit: /^\{[ \t]*\r?\n([ \t]*)/.exec(source)?.[1] };
}

function pairOf(node: unknown, name: string) {
  if (!isMap(node)) return undefined;
  const index = node.items.findIndex(({ key }) => String(key) === name);
  const element = index === -1 ? undefined : elementsOf(node)[index];
  return element === undefined ? undefined : { element, value: node.items[index]?.value };
}

function stepOf(text: string, workload: unknown): number | undefined {
  const spec = pairOf(workload, 'spec');
  // The latter in a Pod.
  const inside = pairOf(spec?.value, 'template') ?? pairOf(spec?.value, 'containers');
  if (spec === undefined || inside === undefined || !isMap(spec.value) || isFlow(spec.value))
    return undefined;
  const step = column(text, inside.element.start) - column(text, spec.element.start);
  return step > 0 ? step : undefined;
}

function dashOffsetOf(text: string, workload: unknown): number | undefined {
  const spec = pairOf(workload, 'spec');
  const template = pairOf(spec?.value, 'template');
  const podSpec = template === undefined ? spec : pairOf(template.value, 'spec');
  const containers = pairOf(podSpec?.value, 'containers');
  if (containers === undefined || !isSeq(containers.value) || isFlow(containers.value)) return undefined;
  const offset = column(text, startOf(containers.value)) - column(text, containers.element.start);
  return offset >= 0 ? offset : undefined;
}
