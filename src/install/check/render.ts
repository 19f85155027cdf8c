import { wrap } from '../../config/render.ts';
import type { Finding } from './check.ts';
import type { CheckResult } from './run-checks.ts';

const SIGNS = { ok: '✓', wrong: '✗', skipped: '–' } as const;
const NAME_WIDTH = 12;

/**
 * One line for a check, and a second one with the cure if something is wrong.
 * @param columns - lines are wrapped to this width; undefined where no terminal shows them
 */
export function renderResult({ name, finding }: CheckResult, columns = Infinity): string {
  const indent = ' '.repeat(2 + NAME_WIDTH);
  const told = [sentence(finding), ...(finding.outcome === 'wrong' ? [`cure: ${finding.cure}`] : [])];
  const lines = told.flatMap((text) => wrap(text, columns - indent.length));
  return `${SIGNS[finding.outcome]} ${name.padEnd(NAME_WIDTH)}${lines.join(`\n${indent}`)}\n`;
}

function sentence(finding: Finding): string {
  switch (finding.outcome) {
    case 'ok':
      return finding.note;
    case 'wrong':
      return finding.what;
    case 'skipped':
      return `not checked: ${finding.why}`;
  }
}

export function renderSummary(results: readonly CheckResult[]): string {
  const count = (outcome: Finding['outcome']) =>
    results.filter(({ finding }) => finding.outcome === outcome).length;
  return `\n${count('ok')} fine, ${count('wrong')} wrong, ${count('skipped')} not checked\n`;
}

/** For programs. Facts that checks pass to each other are left out, because they include a token (R26). */
export function renderJson(results: readonly CheckResult[]): string {
  const checks = results.map(({ name, finding }) => ({ name, ...finding, found: undefined }));
  return `${JSON.stringify({ ok: isFine(results), checks }, undefined, 2)}\n`;
}

export function isFine(results: readonly CheckResult[]): boolean {
  return results.every(({ finding }) => finding.outcome !== 'wrong');
}
