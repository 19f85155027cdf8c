import { writeFile } from 'node:fs/promises';
import type { Attack } from '../attack.ts';
import { sleep } from '../hostile.ts';

/** More than the time after which a changed file is seen. */
const PAUSE_MS = 3500;

export const largeConfigFiles: Attack = {
  name: 'large-config-files',
  what: 'a config file of 800 KB, and then others that are made to hurt, while it runs',
  run: async ({ configFile }) => {
    for (const text of [
      Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n'),
      '- '.repeat(400_000),
      Array.from({ length: 50_000 }, (_, i) => `a${i}: &a${i} [x]\nb${i}: *a${i}`).join('\n'),
      `[${'{a: '.repeat(12_000)}`,
    ]) {
      await writeFile(configFile, text);
      await sleep(PAUSE_MS);
    }
  },
};
