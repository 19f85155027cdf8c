import type { Finding } from './check.ts';
import type { CheckResult } from './run-checks.ts';

const SIGNS = { ok: '✓', wrong: '✗', skipped: '–' } as const;
const NAME_WIDTH = 12;

/** One line for a check, and a second one with the cure if something is wrong. */
export function renderResult({ name, finding }: CheckResult): string {
  const line = `${SIGNS[finding.outcome]} ${name.padEnd(NAME_WIDTH)}${sentence(finding)}\n`;
  return finding.outcome === 'wrong' ? `${line}  ${''.padEnd(NAME_WIDTH)}cure: ${finding.cure}\n` : line;
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
