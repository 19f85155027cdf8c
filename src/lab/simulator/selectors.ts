/**
 * Label and field selectors, as far as the simulator knows them: equality, inequality and existence of
 * labels; name and namespace of any object, and the fields that its kind names.
 */
import { badRequest } from './api-error.ts';
import type { ApiObject } from './api-object.ts';
import type { Kind } from './kind.ts';

/** Whether an object is inside a selection. */
export type ObjectFilter = (object: ApiObject) => boolean;

/** What part of the objects of a kind is asked for. */
export interface Selection {
  readonly kind: Kind;
  /** Empty: all. */
  readonly namespace: string;
  readonly query: URLSearchParams;
}

/** Combines namespace and selectors of a request; absent or empty ones select everything. @throws ApiError 400. */
export function parseSelection({ kind, namespace, query }: Selection): ObjectFilter {
  const requirements = [
    ...split(query.get('labelSelector')).map(parseLabelRequirement),
    ...split(query.get('fieldSelector')).map((text) => parseFieldRequirement(kind, text)),
  ];
  return (object) =>
    (namespace === '' || object.metadata.namespace === namespace) &&
    requirements.every((isMet) => isMet(object));
}

function split(selector: string | null): string[] {
  return (selector ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

interface Comparison {
  readonly key: string;
  readonly isEqual: boolean;
  readonly value: string;
}

function parseComparison(text: string): Comparison | undefined {
  const parts = /^([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)$/.exec(text);
  const [, key, operator, value] = parts ?? [];
  if (key === undefined || value === undefined) return undefined;
  return { key, isEqual: operator !== '!=', value };
}

function parseLabelRequirement(text: string): ObjectFilter {
  const comparison = parseComparison(text);
  if (comparison !== undefined) {
    // As in Kubernetes, `!=` selects objects without the label too.
    const { key, isEqual, value } = comparison;
    return (object) => (object.metadata.labels?.[key] === value) === isEqual;
  }
  const [, not, key] = /^(!?)([\w./-]+)$/.exec(text) ?? [];
  if (key === undefined) throw badRequest(`unable to parse requirement: "${text}"`);
  return (object) => (object.metadata.labels?.[key] !== undefined) === (not === '');
}

function parseFieldRequirement(kind: Kind, text: string): ObjectFilter {
  const comparison = parseComparison(text);
  if (comparison === undefined) throw badRequest(`invalid selector: "${text}"; can't understand it`);
  const { key, isEqual, value } = comparison;
  if (key === 'metadata.name') return ({ metadata }) => (metadata.name === value) === isEqual;
  if (key === 'metadata.namespace')
    return ({ metadata }) => ((metadata.namespace ?? '') === value) === isEqual;
  if (kind.selectable?.includes(key) !== true) throw badRequest(`field label not supported: ${key}`);
  return (object) => (kind.fieldOf?.(object, key) === value) === isEqual;
}
