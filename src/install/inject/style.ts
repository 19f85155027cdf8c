/** Finds out how a manifest is formatted, so that additions look like the rest. Pure. */
import { isMap, isSeq } from 'yaml';
import { attempt } from '../../platform/text/failure.ts';
import type { ParsedDocument } from './documents.ts';
import { column, elementsOf, isFlow, startOf } from './position.ts';

export interface Style {
  readonly eol: string;
  /** Indentation of a mapping in a mapping, in columns. */
  readonly step: number;
  /** Indentation of a list's dashes against the list's key, in columns. */
  readonly dashOffset: number;
  /** Undefined for YAML. */
  readonly json: JsonStyle | undefined;
}

export interface JsonStyle {
  /** One level of indentation; undefined for JSON on one line. */
  readonly unit: string | undefined;
}

/** The part of the style that is the same in a whole document. */
export type DocumentStyle = Pick<Style, 'eol' | 'json'>;

/** Caches the style, because a document may hold many workloads and finding it reads the whole document. */
const known = new WeakMap<ParsedDocument, DocumentStyle>();

export function documentStyle(text: string, document: ParsedDocument): DocumentStyle {
  const found = known.get(document) ?? {
    eol: /\r?\n/.exec(text)?.[0] ?? '\n',
    json: jsonStyleOf(text, document),
  };
  known.set(document, found);
  return found;
}

/** Reads the rest of the style from the fields that every workload has. */
export function styleOf(text: string, ofDocument: DocumentStyle, workload: unknown): Style {
  return {
    ...ofDocument,
    step: stepOf(text, workload) ?? 2,
    dashOffset: dashOffsetOf(text, workload) ?? 0,
  };
}

function jsonStyleOf(text: string, { tree: { contents } }: ParsedDocument): JsonStyle | undefined {
  if (contents === null) return undefined;
  const source = text.slice(contents.range[0], contents.range[1]);
  if (!source.startsWith('{') || attempt((): unknown => JSON.parse(source)) === undefined) return undefined;
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
  // A Pod has `containers` there.
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
