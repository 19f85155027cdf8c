/** `watchsieve check`: settings → checks → one line for each → exit code. It changes nothing. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { Flags } from '../config/flags.ts';
import { choice, path } from '../config/kinds.ts';
import { setting } from '../config/setting.ts';
import { upstreamTarget } from '../serve/upstream-target.ts';
import { isFine, renderJson, renderResult, renderSummary } from '../install/check/render.ts';
import { runChecks, settingsAreWrong } from '../install/check/run-checks.ts';
import { kubeconfigPath } from '../platform/identity/kubeconfig.ts';
import { EXIT } from './exit-codes.ts';
import { type Io, widthOf } from './io.ts';
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
`;

const OWN = {
  clientKubeconfig: setting('Check', 'client-kubeconfig', path, {
    help: 'The kubeconfig that clients use; by default kubeconfig in --state-dir.',
  }),
  clientTokenFile: setting('Check', 'client-token-file', path, {
    help:
      "A file with a token to use instead of the client's; - reads it from standard input. In a Pod, the sidecar " +
      'has no token of its own.',
  }),
  output: setting('Check', 'output', choice('text', 'json'), {
    default: 'text',
    help: 'One line per check, or all of them as JSON.',
  }),
};
export const CHECK_FLAGS = { groups: ['Check'], rows: Object.values(OWN) };

/** Added to the proxy's own time limit for upstream, so that its 503 arrives in time and is not taken for silence. */
const GRACE_MS = 5_000;

export async function check(argv: readonly string[], io: Io): Promise<number> {
  const { own, rest } = split(argv);
  const flags = new Flags(own, CHECK_FLAGS.rows);
  const isJson = flags.one(OWN.output) === 'json';
  const parsed = await new SettingsSource(rest, io.env).read();
  const columns = widthOf(io.stdout);
  if (flags.problems.length > 0 || 'problems' in parsed) {
    const all = [...flags.problems, ...('problems' in parsed ? parsed.problems : [])];
    const results = settingsAreWrong(all);
    const wrong = results.filter(({ finding }) => finding.outcome === 'wrong');
    const lines = wrong.map((result) => renderResult(result, columns)).join('');
    io.stdout.write(isJson ? renderJson(results) : lines + renderSummary(results));
    return EXIT.usage;
  }
  const settings = parsed.ok;
  const results = await runChecks(
    {
      settings,
      clientKubeconfig: flags.one(OWN.clientKubeconfig) ?? kubeconfigPath(settings.stateDir),
      clientTokenFile: flags.one(OWN.clientTokenFile),
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
      if (!isJson) io.stdout.write(renderResult(result, columns));
    },
  );
  io.stdout.write(isJson ? renderJson(results) : renderSummary(results));
  return isFine(results) ? EXIT.fine : EXIT.failed;
}

/** Takes the flags of this command, with their values, from among those of the settings. */
function split(argv: readonly string[]): {
  readonly own: readonly string[];
  readonly rest: readonly string[];
} {
  const names = CHECK_FLAGS.rows.map(({ flag }) => `--${flag}`);
  const own = new Set<number>();
  for (const [at, arg] of argv.entries()) {
    if (own.has(at) || !names.includes(arg.split('=', 1)[0] ?? '')) continue;
    own.add(at);
    const next = argv[at + 1];
    if (names.includes(arg) && next !== undefined && (next === '-' || !next.startsWith('-'))) own.add(at + 1);
  }
  return {
    own: argv.filter((_, at) => own.has(at)),
    rest: argv.filter((_, at) => !own.has(at)),
  };
}
