/** Inputs that are kept: each did something that no smaller one did, or once found a mistake (then its name says which). */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const CORPUS = fileURLToPath(new URL('corpus', import.meta.url));

export interface Kept {
  readonly name: string;
  readonly input: Buffer;
}

export function kept(target: string): Kept[] {
  const folder = join(CORPUS, target);
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch {
    return [];
  }
  return names.map((name) => ({ name, input: readFileSync(join(folder, name)) }));
}

/** @returns the path */
export function keep(target: string, name: string, input: Buffer): string {
  const folder = join(CORPUS, target);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), input);
  return join(folder, name);
}
