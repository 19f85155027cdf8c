/**
 * Label and field selectors, as far as the simulator knows them: equality, inequality and existence of
 * labels; `metadata.name` and `spec.unschedulable` of Nodes (kubernetes pkg/registry/core/node/strategy.go).
 */
import { badRequest } from './api-error.ts';
import type { NodeObject } from './node-object.ts';

/** Whether a Node is inside a selection. */
export type NodeFilter = (node: NodeObject) => boolean;

/** Combines both selectors of a request; absent or empty ones select everything. @throws ApiError 400. */
export function parseSelectors(labelSelector: string | null, fieldSelector: string | null): NodeFilter {
  const requirements = [
    ...split(labelSelector).map(parseLabelRequirement),
    ...split(fieldSelector).map(parseFieldRequirement),
  ];
  return (node) => requirements.every((isMet) => isMet(node));
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

function parseLabelRequirement(text: string): NodeFilter {
  const comparison = parseComparison(text);
  if (comparison !== undefined) {
    // As in Kubernetes, `!=` selects objects without the label too.
    const { key, isEqual, value } = comparison;
    return (node) => (node.metadata.labels?.[key] === value) === isEqual;
  }
  const [, not, key] = /^(!?)([\w./-]+)$/.exec(text) ?? [];
  if (key === undefined) throw badRequest(`unable to parse requirement: "${text}"`);
  return (node) => (node.metadata.labels?.[key] !== undefined) === (not === '');
}

function parseFieldRequirement(text: string): NodeFilter {
  const comparison = parseComparison(text);
  if (comparison === undefined) throw badRequest(`invalid selector: "${text}"; can't understand it`);
  const { key, isEqual, value } = comparison;
  switch (key) {
    case 'metadata.name':
      return (node) => (node.metadata.name === value) === isEqual;
    case 'spec.unschedulable':
      return (node) => (String(node.spec.unschedulable ?? false) === value) === isEqual;
    default:
      throw badRequest(`field label not supported: ${key}`);
  }
}
