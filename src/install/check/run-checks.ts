/** Runs all checks in order. Each knows the results of those before it. */
import { type Check, type CheckContext, type Facts, type Finding, needs, ok, wrong } from './check.ts';
import { adminCheck, clockCheck, proxyCheck, upstreamCheck } from './connections.ts';
import { CHECK_NAMES, type CheckName } from './faults.ts';
import { certificateCheck, kubeconfigCheck, stateDirCheck, tokenCheck } from './files.ts';
import { hubCheck } from './hub.ts';
import { inClusterCheck } from './in-cluster.ts';
import { identityCheck, permissionCheck, watchCheck } from './requests.ts';
import { clientsCheck, filterCheck, swallowingCheck } from './use.ts';

export interface CheckResult {
  readonly name: CheckName;
  readonly finding: Finding;
}

const SETTINGS_CHECK: Check = { name: 'settings', run: () => Promise.resolve(ok('valid')) };

const CHECKS: readonly Check[] = [
  SETTINGS_CHECK,
  stateDirCheck,
  kubeconfigCheck,
  inClusterCheck,
  certificateCheck,
  proxyCheck,
  adminCheck,
  upstreamCheck,
  clockCheck,
  tokenCheck,
  identityCheck,
  permissionCheck,
  filterCheck,
  clientsCheck,
  hubCheck,
  swallowingCheck,
  watchCheck,
];

/** Makes every check, and closes everything that they opened. */
export async function runChecks(
  context: CheckContext,
  onResult: (result: CheckResult) => void,
): Promise<CheckResult[]> {
  let facts: Facts = {};
  const results: CheckResult[] = [];
  try {
    for (const check of CHECKS) {
      const { name } = check;
      const finding = await check.run(context, facts);
      if (finding.outcome !== 'skipped') facts = { ...facts, ...finding.found };
      const result = { name, finding };
      results.push(result);
      onResult(result);
    }
  } finally {
    await facts.proxy?.close();
  }
  return results;
}

/** The result if the settings are wrong: nothing else can be checked then. */
export function settingsAreWrong(problems: readonly string[]): CheckResult[] {
  return CHECK_NAMES.map((name) => ({
    name,
    finding: name === 'settings' ? wrong('settings-invalid', problems.join('; ')) : needs('settings'),
  }));
}
