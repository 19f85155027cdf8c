/** Helm with folders of its own, so that it neither reads nor leaves anything in those of whoever runs the suite. */

import { join } from 'node:path';

import { run } from './rendering.ts';

/** Runs one command to its end: what it printed, or an error with its last words. */
export type Command = (...args: readonly string[]) => Promise<string>;

/**
 * @param folder - where its folders are made.
 * @param more - of its environment.
 */
export function helmIn(
  folder: string,
  command: string,
  more: Readonly<Record<string, string>> = {},
): Command {
  const env = {
    ...more,
    HELM_DATA_HOME: join(folder, 'helm', 'data'),
    HELM_CONFIG_HOME: join(folder, 'helm', 'config'),
    HELM_CACHE_HOME: join(folder, 'helm', 'cache'),
  };
  return (...args) => run({ command, args, env });
}
