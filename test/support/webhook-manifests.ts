/** The objects of manifests/webhook and the files of its chart, read as kustomize and Helm read them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { listAt, textAt } from './json-value.ts';

const MANIFESTS = join(import.meta.dirname, '..', '..', 'manifests');
const BASE = join(MANIFESTS, 'webhook');
export const CHART = join(MANIFESTS, 'chart', 'watchsieve-webhook');
export const TEMPLATES = join(CHART, 'templates');

/** Every file of the base but the kustomization and its transformers, and what that one names. */
export function baseFiles(): { readonly there: readonly string[]; readonly named: readonly unknown[] } {
  const kustomization: unknown = parse(readFileSync(join(BASE, 'kustomization.yaml'), 'utf8'));
  const others: readonly unknown[] = [
    'kustomization.yaml',
    ...listAt(kustomization, 'transformers'),
    ...listAt(kustomization, 'configurations'),
  ];
  const there = readdirSync(BASE).filter((file) => !others.includes(file));
  return { there, named: listAt(kustomization, 'resources') };
}

/** Every object of the base. */
export function baseObjects(): readonly unknown[] {
  return baseFiles().there.flatMap((file) =>
    parseAllDocuments(readFileSync(join(BASE, file), 'utf8')).map((document) => {
      assert.deepEqual(document.errors, [], file);
      return document.toJS() as unknown;
    }),
  );
}

/** The one object of this kind. @throws where there is none, or more. */
export function baseObject(kind: string): unknown {
  const [object, ...others] = baseObjects().filter((candidate) => textAt(candidate, 'kind') === kind);
  assert.ok(object !== undefined && others.length === 0, kind);
  return object;
}

export function chartFile(name: string): string {
  return readFileSync(join(CHART, name), 'utf8');
}

/** Text of every template by its file's name. */
export function templates(): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(TEMPLATES).map((file) => [file, readFileSync(join(TEMPLATES, file), 'utf8')] as const),
  );
}
