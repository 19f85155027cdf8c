/** `watchsieve check`: settings → checks → one line for each → exit code. It changes nothing. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { upstreamTarget } from '../serve/upstream-target.ts';
import { isFine, renderJson, renderResult, renderSummary } from '../install/check/render.ts';
import { runChecks, settingsAreWrong, type CheckResult } from '../install/check/run-checks.ts';
import { kubeconfigPath } from '../platform/identity/kubeconfig.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { SettingsSource } from './settings-source.ts';

export const CHECK_HELP = `Usage: watchsieve check [flags]

Finds what is wrong with an installation and how to fix it. Run it in the Pod,
or where serve runs, with the settings of serve. It changes nothing and shows no
secrets.

Examples:
  watchsieve check
      Inside the Pod.
  watchsieve check --state-dir ./state
      For a serve that runs with --state-dir ./state.
  watchsieve check --output json
      For a script.

Exit code 0 if nothing is wrong, 1 if something is, 2 for wrong flags, settings
or files that they name. A check that cannot be made is listed as skipped and
does not affect the exit code.

Its own flags, then those of serve:

  --client-kubeconfig <FILE>
      The kubeconfig that clients use. [kubeconfig in --state-dir]
  --client-token-file <FILE>
      A token to use instead of the client's; - reads it from standard input.
      In a Pod, the sidecar has no token of its own.
  --output <text|json>
      One line per check, or all of them as JSON. [text]
`;

/** Added to the proxy's own time limit for upstream, so that its 503 arrives in time and is not taken for silence. */
const GRACE_MS = 5_000;
const OWN_FLAGS = ['client-kubeconfig', 'client-token-file', 'output'] as const;
type OwnFlag = (typeof OWN_FLAGS)[number];

/** @returns the exit code */
export async function check(argv: readonly string[], io: Io): Promise<number> {
  const { own, rest, problems } = splitFlags(argv);
  const { output = 'text' } = own;
  if (output !== 'text' && output !== 'json')
    problems.push(`--output must be one of text, json, not "${output}"`);
  const parsed = await new SettingsSource(rest, io.env).read();
  const isJson = output === 'json';
  if (problems.length > 0 || 'problems' in parsed) {
    const all = [...problems, ...('problems' in parsed ? parsed.problems : [])];
    tell(settingsAreWrong(all), isJson, io);
    return EXIT.usage;
  }
  const settings = parsed.ok;
  const results = await runChecks(
    {
      settings,
      clientKubeconfig: own['client-kubeconfig'] ?? kubeconfigPath(settings.stateDir),
      clientTokenFile: own['client-token-file'],
      readStdin: io.readStdin,
      env: io.env,
      findUpstream: () => upstreamTarget(settings, io.env),
      now: () => new Date(),
      canWrite: (path) =>
        access(path, constants.W_OK).then(
          () => true,
          () => false,
        ),
      timeoutMs: settings.upstreamConnectTimeoutMs + GRACE_MS,
    },
    (result) => {
      if (!isJson) io.stdout.write(renderResult(result));
    },
  );
  io.stdout.write(isJson ? renderJson(results) : renderSummary(results));
  return isFine(results) ? EXIT.fine : EXIT.failed;
}

function tell(results: readonly CheckResult[], isJson: boolean, io: Io): void {
  io.stdout.write(isJson ? renderJson(results) : results.map(renderResult).join('') + renderSummary(results));
}

interface SplitFlags {
  readonly own: Partial<Record<OwnFlag, string>>;
  /** What is left is for the settings. */
  readonly rest: readonly string[];
  readonly problems: string[];
}

function splitFlags(argv: readonly string[]): SplitFlags {
  const { tokens } = parseArgs({ args: [...argv], strict: false, allowPositionals: true, tokens: true });
  const own: Partial<Record<OwnFlag, string>> = {};
  const problems: string[] = [];
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const flag = OWN_FLAGS.find((name) => `--${name}` === token.rawName);
    if (flag === undefined) continue;
    taken.add(token.index);
    const next = token.index + 1;
    const value = token.value ?? argv[next];
    if (value === undefined || value === '' || (value.startsWith('--') && token.value === undefined)) {
      problems.push(`${token.rawName} needs a value`);
      continue;
    }
    if (token.value === undefined) taken.add(next);
    own[flag] = value;
  }
  return { own, rest: argv.filter((_, index) => !taken.has(index)), problems };
}
