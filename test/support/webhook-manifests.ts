/** The objects of a base of manifests/, that of the webhook unless told, and the files of the charts, as kustomize and Helm read them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { listAt, textAt } from './json-value.ts';

const MANIFESTS = join(import.meta.dirname, '..', '..', 'manifests');
/** Folders of manifests/ that kustomize takes as they are. */
export type Base = 'webhook' | 'hub';
export type Chart = 'watchsieve-webhook' | 'watchsieve-hub';
export const chartFolder = (chart: Chart) => join(MANIFESTS, 'chart', chart);

/** Every file of the base but the kustomization and its transformers, and what that one names. */
export function baseFiles(base: Base = 'webhook'): {
  readonly there: readonly string[];
  readonly named: readonly unknown[];
} {
  const folder = join(MANIFESTS, base);
  const kustomization: unknown = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'));
  const others: readonly unknown[] = [
    'kustomization.yaml',
    ...listAt(kustomization, 'transformers'),
    ...listAt(kustomization, 'configurations'),
  ];
  const there = readdirSync(folder).filter((file) => file.endsWith('.yaml') && !others.includes(file));
  return { there, named: listAt(kustomization, 'resources') };
}

/** Every object of the base. */
export function baseObjects(base: Base = 'webhook'): readonly unknown[] {
  return baseFiles(base).there.flatMap((file) =>
    parseAllDocuments(readFileSync(join(MANIFESTS, base, file), 'utf8')).map((document) => {
      assert.deepEqual(document.errors, [], file);
      return document.toJS() as unknown;
    }),
  );
}

/** The one object of this kind. @throws where there is none, or more. */
export function baseObject(kind: string, base: Base = 'webhook'): unknown {
  const [object, ...others] = baseObjects(base).filter((candidate) => textAt(candidate, 'kind') === kind);
  assert.ok(object !== undefined && others.length === 0, kind);
  return object;
}

export function chartFile(name: string, chart: Chart): string {
  return readFileSync(join(chartFolder(chart), name), 'utf8');
}

/** Text of every template by its file's name. */
export function templates(chart: Chart): ReadonlyMap<string, string> {
  const files = readdirSync(join(chartFolder(chart), 'templates'));
  return new Map(files.map((file) => [file, chartFile(join('templates', file), chart)] as const));
}
