/**
 * `watchsieve help COMMAND`: the purpose of each command, with examples, flags and exit codes. The flags come from the
 * tables of settings. This module is loaded only when help is requested.
 */
import { renderHelp, renderSettingsHelp } from '../config/render.ts';
import type { SettingField } from '../config/settings.ts';
import { CHECK_FLAGS, CHECK_HELP } from './check.ts';
import { COMPLETION_HELP } from './completion.ts';
import { ANALYZE_FLAGS, ANALYZE_HELP } from '../install/analyze/options.ts';
import { DEMO_FLAGS, DEMO_HELP } from '../lab/demo/options.ts';
import { INSTALL_GROUPS, INSTALL_ROWS } from '../install/flags/rows.ts';
import { RECORD_FLAGS, RECORD_HELP, REPLAY_FLAGS, REPLAY_HELP } from '../lab/recording/options.ts';
import type { CommandName } from './commands.ts';

const WHERE_SET = `Each flag can also be set in the environment (WATCHSIEVE_STATE_DIR for
--state-dir) or in the file named by --config (stateDir). A flag takes
precedence over the environment, the environment over the file. Defaults are in
brackets.
`;

const SERVE_HELP = `Usage: watchsieve serve [flags]

Runs the proxy. Clients connect to it as to an API server, with the kubeconfig
that it writes into --state-dir. It passes everything through, except watch
events of Nodes (and of --resources) in which nothing has changed that the
client reads. Runs until SIGTERM.

Examples:
  watchsieve serve
      In a Pod, where no flags are needed.
  watchsieve serve --credentials kubeconfig --state-dir ./state
      On your machine, with your own credentials; for kubectl, give
      --kubeconfig ./state/kubeconfig.
  watchsieve serve --resources endpointslices.discovery.k8s.io
      For a client that also watches EndpointSlices.
  watchsieve serve --mode observe
      Forwards everything, and counts in /metrics what it would have dropped.

Exit code 0 after SIGTERM, 1 when it cannot run, 2 for wrong flags, settings or
files that they name.

${WHERE_SET}`;

const INIT_HELP = `Usage: watchsieve init [flags]

Writes what clients need (CA, keys, kubeconfig) into --state-dir and exits. For
an ordinary init container, if the client starts before serve does. Use the same
settings as for serve; those that are not listed here are checked, and have no
effect.

Examples:
  watchsieve init
      In a Pod, with the environment of the container that serves.
  watchsieve init --state-dir ./state --listen 127.0.0.1:17480
      Anywhere else.

Exit code 0 if everything was written, 1 if not, 2 for wrong flags, settings or
files that they name.

${WHERE_SET}`;

const INJECT_HELP = `Usage: watchsieve inject [flags] FILE|DIR|-...

Adds the sidecar to workloads in Kubernetes manifests (YAML or JSON) and writes
all manifests to standard output. DIR means every .yaml, .yml and .json file in
it, - means standard input, so that inject works as a Helm post-renderer. All
other text stays unchanged. A sidecar that was injected before is brought up to
date.

Workloads with the annotation watchsieve.dev/inject "true" are always chosen,
those with "false" never. The annotations watchsieve.dev/preset, /container,
/client, /variant and /port on a workload or its Pod template take precedence
over flags.

Examples:
  watchsieve inject --image registry.example.com/watchsieve:1 speaker.yaml
      To standard output.
  watchsieve inject --image registry.example.com/watchsieve:1 --in-place ./yaml
      Changes the files in a directory.

Exit code 0 on success, 1 if there was nothing to do or something prevented it
(nothing is written then), 2 for wrong flags or files that cannot be read.
`;

const UNINJECT_HELP = `Usage: watchsieve uninject [flags] FILE|DIR|-...

Removes the sidecar from Kubernetes manifests. The output of inject becomes what
it was before, byte for byte.

Exit codes are those of inject.
`;

const WEBHOOK_HELP = `Usage: watchsieve webhook [flags]

A mutating admission webhook: adds the sidecar to Pods when they are created.
For installations whose manifests an operator or Helm would restore. It adds
what watchsieve inject adds. It makes its own certificate authority and writes
it into the webhook's configuration. docs/webhook.md describes the manifests.

Pods with the annotation watchsieve.dev/inject "true" are always chosen, those
with "false" never. Without the annotation, the speaker of MetalLB and frr-k8s
are chosen, or the Pods that --selector names. The annotations
watchsieve.dev/preset, /container, /client, /variant and /port on a Pod take
precedence over flags.

Exit code 0 after SIGTERM, 1 when it cannot run, 2 for wrong flags or files that
they name.
`;

function flagsOf(command: keyof typeof INSTALL_ROWS): string {
  return renderHelp({ groups: INSTALL_GROUPS, rows: INSTALL_ROWS[command] });
}

const INIT_FIELDS: readonly SettingField[] = [
  ...(['config', 'listen', 'stateDir', 'tokenFile', 'credentials', 'kubeconfig', 'context'] as const),
  ...(['inClusterTokenFile', 'inClusterNamespace', 'clientPresets'] as const),
  ...(['logLevel', 'logFormat'] as const),
];

/** The text that `watchsieve COMMAND --help` shows. */
export function helpOf(command: CommandName): string {
  switch (command) {
    case 'serve':
      return `${SERVE_HELP}\n${renderSettingsHelp()}`;
    case 'init':
      return `${INIT_HELP}\n${renderSettingsHelp(INIT_FIELDS)}`;
    case 'check':
      return `${CHECK_HELP}\n${renderHelp(CHECK_FLAGS)}\n${renderSettingsHelp()}`;
    case 'analyze':
      return `${ANALYZE_HELP}\n${renderHelp(ANALYZE_FLAGS)}`;
    case 'record':
      return `${RECORD_HELP}\n${renderHelp(RECORD_FLAGS)}`;
    case 'replay':
      return `${REPLAY_HELP}\n${renderHelp(REPLAY_FLAGS)}`;
    case 'demo':
      return `${DEMO_HELP}\n${renderHelp(DEMO_FLAGS)}`;
    case 'inject':
      return `${INJECT_HELP}\n${flagsOf('inject')}`;
    case 'uninject':
      return `${UNINJECT_HELP}\n${flagsOf('uninject')}`;
    case 'webhook':
      return `${WEBHOOK_HELP}\n${flagsOf('webhook')}`;
    case 'completion':
      return COMPLETION_HELP;
    case 'help':
      return 'Usage: watchsieve help [COMMAND]\n\nExplains a command and its flags.\n';
    case 'version':
      return 'Usage: watchsieve version\n\nPrints the version.\n';
  }
}
