/**
 * Builds the program under test from the tree, as a release would.
 */

import { join } from 'node:path';

import { runToEnd } from '../support/child.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

/** @returns the built program, a JavaScript file. */
export async function buildProgram(): Promise<string> {
  const build = await runToEnd({
    name: 'build',
    command: process.execPath,
    args: ['build.ts'],
    cwd: PROJECT,
    timeoutMs: 120_000,
  });
  if (build.code !== 0) throw new Error(`building watchsieve failed (${build.code}):\n${build.stderr}`);
  return join(PROJECT, 'dist', 'watchsieve.js');
}
