/** What can be found out about a page in a browser without looking at it: by axe-core, and by pressing Tab. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import type { Page } from 'playwright-core';

import { listAt, textAt } from '../support/json-value.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** `rule: element` of each violation of WCAG 2.2 AA and of axe-core's best practices. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // As a debugger would: the page's own policy lets no other script in.
  await page.evaluate(await readFile(AXE, 'utf8'));
  const result: unknown = await page.evaluate('axe.run()');
  return listAt(result, 'violations').flatMap((violation) =>
    listAt(violation, 'nodes').map(
      (node) => `${textAt(violation, 'id')}: ${textAt(node, 'html')}; ${textAt(node, 'failureSummary')}`,
    ),
  );
}

const USABLE = "a[href], button, input, summary, [tabindex='0']";

/** What Tab does not come to, and where one does not see that it has. */
export async function reachableByKeyboard(page: Page): Promise<{ missed: string[]; invisible: string[] }> {
  await page.evaluate(`
    document.activeElement.blur();
    window.usable = [...document.querySelectorAll("${USABLE}")].filter((one) => one.checkVisibility());
    window.reached = new Set();
  `);
  const invisible: string[] = [];
  const count = Number(await page.evaluate('usable.length'));
  for (let presses = 0; presses < 2 * count; presses++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(`(() => {
      const at = document.activeElement;
      if (at === document.body) return 'body';
      const { outlineStyle, outlineWidth } = getComputedStyle(at);
      reached.add(at);
      return outlineStyle === 'none' || parseFloat(outlineWidth) < 2 ? at.outerHTML.slice(0, 100) : '';
    })()`);
    if (at === 'body') break;
    if (typeof at === 'string' && at !== '') invisible.push(at);
  }
  const missed: unknown = await page.evaluate(
    'usable.filter((one) => one.isConnected && !reached.has(one)).map((one) => one.outerHTML.slice(0, 100))',
  );
  return { missed: listAt(missed).map(String), invisible };
}
