/**
 * Merges several kubeconfigs as kubectl does: for each name the first file that has it counts, and for
 * `current-context` the first file that sets it. Relative paths are relative to their file.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { beyondBounds } from '../text/yaml-bounds.ts';
import { isRecord } from '../text/record.ts';
import { codeOf, messageOf, unreadable } from '../text/failure.ts';

export type KubeconfigFiles = string | readonly string[];

type Fields = Record<string, unknown>;

const LISTS = ['clusters', 'contexts', 'users'] as const;
const PATHS = {
  clusters: ['certificate-authority'],
  users: ['client-certificate', 'client-key', 'tokenFile'],
};

/** A thousand clusters with certificates of their own need half of these bounds. */
const BOUNDS = { characters: 16 * 1024 * 1024, tokens: 500_000, markedKeys: 0 };

/** @throws Error if a file is not a kubeconfig, or none of several exists; the message quotes nothing from a file */
export async function readMerged(files: KubeconfigFiles): Promise<Fields> {
  if (typeof files === 'string') return readOne(files);
  const documents: Fields[] = [];
  let missing: unknown;
  for (const file of files) {
    try {
      documents.push(await readOne(file));
    } catch (error) {
      // kubectl ignores missing files too.
      if (codeOf(error) === 'ENOENT') missing ??= error;
      else if (files.length === 1) throw error;
      else throw new Error(`${file} ${unreadable(error) ?? messageOf(error)}`, { cause: error });
    }
  }
  if (documents.length === 0) throw missing instanceof Error ? missing : new Error('names no file');
  return merged(documents);
}

async function readOne(file: string): Promise<Fields> {
  // The parser's messages would quote lines around a mistake, which may hold a credential (R26).
  const text = await readFile(file, 'utf8');
  const beyond = beyondBounds(text, BOUNDS);
  if (beyond !== undefined) throw new Error(`is not read: ${beyond}`);
  const document: unknown = parse(text, { prettyErrors: false, logLevel: 'error' });
  if (!isRecord(document)) throw new Error('is not a YAML mapping');
  resolvePaths(document, dirname(resolve(file)));
  return document;
}

function merged(documents: readonly Fields[]): Fields {
  const all: Fields = {};
  for (const document of documents) {
    const current = document['current-context'];
    if (all['current-context'] === undefined && typeof current === 'string' && current !== '')
      all['current-context'] = current;
  }
  // A look-up by name takes the first match.
  for (const list of LISTS) all[list] = documents.flatMap((document) => entries(document[list]));
  return all;
}

function resolvePaths(document: Fields, folder: string): void {
  for (const [list, fields] of Object.entries(PATHS))
    for (const entry of entries(document[list])) {
      const holder = entry[list === 'users' ? 'user' : 'cluster'];
      if (!isRecord(holder)) continue;
      for (const field of fields) toAbsolute(holder, field, folder);
      // A command with a slash is relative to the kubeconfig; any other is searched in PATH (client-go: clientcmd,
      // exec).
      const { exec } = holder;
      if (isRecord(exec) && typeof exec['command'] === 'string' && exec['command'].includes('/'))
        toAbsolute(exec, 'command', folder);
    }
}

function toAbsolute(holder: Fields, field: string, folder: string): void {
  const path = holder[field];
  if (typeof path === 'string' && path !== '') holder[field] = resolve(folder, path);
}

function entries(list: unknown): Fields[] {
  const all: readonly unknown[] = Array.isArray(list) ? list : [];
  return all.filter(isRecord);
}
