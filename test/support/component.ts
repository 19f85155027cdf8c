/**
 * A kustomize component as its files say it, applied to a workload: enough of ValueAddTransformer and of JSON Patch for
 * ours. What kustomize itself makes of them, the end-to-end suite shows.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse, parseAllDocuments } from 'yaml';

import { listAt, textAt, valueAt } from './json-value.ts';

const COMPONENTS = join(import.meta.dirname, '..', '..', 'manifests', 'components');

/** `workload` with the sidecar, whether the component's targets fit or not. */
export function withComponent(name: string, workload: unknown): unknown {
  const patched: unknown = structuredClone(workload);
  for (const transformer of transformersOf(name)) {
    if (textAt(transformer, 'kind') === 'ValueAddTransformer')
      for (const target of listAt(transformer, 'targets'))
        addValue(patched, textAt(target, 'fieldPath'), textAt(transformer, 'value'));
    else for (const operation of read(name, textAt(transformer, 'path'))) change(patched, operation);
  }
  return patched;
}

/** What the component selects, once for each of its transformers' targets. */
export function selectorsOf(name: string): readonly unknown[] {
  return transformersOf(name).flatMap((transformer) =>
    textAt(transformer, 'kind') === 'ValueAddTransformer'
      ? listAt(transformer, 'targets').map((target) => valueAt(target, 'selector'))
      : [valueAt(transformer, 'target')],
  );
}

function transformersOf(name: string): readonly unknown[] {
  const text = readFileSync(join(COMPONENTS, name, 'places.yaml'), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as unknown);
}

function read(name: string, file: string): readonly unknown[] {
  const operations: unknown = parse(readFileSync(join(COMPONENTS, name, file), 'utf8'));
  assert.ok(Array.isArray(operations));
  return operations;
}

/** Makes what is not there yet, each new element at the end of its list. */
function addValue(root: unknown, path: string, value: string): void {
  const steps = path.split(/(?<!\\)\//).map((step) => step.replace('\\/', '/'));
  const last = steps.pop() ?? assert.fail();
  let at = root;
  for (const [index, step] of steps.entries()) {
    const element = /^\[name=(.*)\]$/.exec(step);
    if (element === null) {
      const empty = steps[index + 1]?.startsWith('[') === true ? [] : {};
      const parent = objectAt(at);
      at = parent[step] ??= empty;
    } else {
      assert.ok(Array.isArray(at));
      const found: unknown = at.find((each) => valueAt(each, 'name') === element[1]);
      if (found === undefined) at.push({ name: element[1] });
      at = found ?? at.at(-1);
    }
  }
  objectAt(at)[last] = value === 'true' ? true : value;
}

function change(root: unknown, operation: unknown): void {
  const steps = textAt(operation, 'path').split('/').slice(1);
  const end = steps.pop();
  const list = valueAt(root, ...steps);
  assert.ok(Array.isArray(list));
  const kind = textAt(operation, 'op');
  const value = valueAt(operation, 'value');
  if (kind === 'add' && end === '0') {
    list.unshift(value);
    return;
  }
  assert.ok(end === (kind === 'add' ? '-' : '-1'), end);
  if (kind === 'replace') list.pop();
  list.push(value);
}

function objectAt(value: unknown): Record<string, unknown> {
  assert.ok(isObject(value));
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
