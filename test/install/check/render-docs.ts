/** docs/check.md, with every fault of the table and its cure. */
import { type Fault, FAULTS } from '../../../src/install/check/faults.ts';
import { table } from '../../faults/render.ts';

/** All of them, in the table's order. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[];

const INTRODUCTION = `# What is wrong with this installation?

<!-- Generated from src/install/check/faults.ts: UPDATE_DOCS=1 npx node --test test/install/check/docs.test.ts -->

\`watchsieve check\` looks at an installation from where \`serve\` runs, with the same settings (flags, environment, file), and prints one line per check: \`✓\` fine, \`✗\` wrong, with the cure below it, \`–\` not checked, with the reason. It changes nothing, shows no token, and sends none before the proxy has proven by its certificate who it is.

In the Pod:

\`\`\`sh
kubectl -n metallb-system exec ds/speaker -c watchsieve -- /nodejs/bin/node /app/watchsieve.js check
\`\`\`

The sidecar has no token of its own, so what needs one is not checked there, unless one is lent:

\`\`\`sh
kubectl -n metallb-system create token speaker |
  kubectl -n metallb-system exec -i ds/speaker -c watchsieve -- /nodejs/bin/node /app/watchsieve.js check --client-token-file -
\`\`\`

At a desk: \`watchsieve check\` with the flags that \`serve\` has. \`--client-kubeconfig FILE\` looks at another kubeconfig than the one in \`--state-dir\`; \`--output json\` is for programs, with the name of each fault.

Exit code 0 when nothing is wrong, 1 when something is, 2 for wrong flags, settings or files that they name. What is not checked counts as neither.

## Faults and cures

A check that needs what another one did not find is not made. Reading from the top, cure the first fault first.
`;

export function renderCheckDocs(): string {
  const rows = FAULT_NAMES.map((fault) => {
    const { check, what, cure } = FAULTS[fault];
    return [check, `\`${fault}\``, what, cure];
  });
  return `${INTRODUCTION}\n${table(['check', 'fault', 'what is wrong', 'cure'], rows).trimEnd()}\n`;
}
