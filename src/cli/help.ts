/**
 * `watchsieve help COMMAND`: what each command is for, with examples, flags and exit codes. The flags of settings come
 * from their table; loaded only where somebody asks.
 */
import { renderHelp, renderSettingsHelp } from '../config/render.ts';
import type { SettingField } from '../config/settings.ts';
import { CHECK_HELP } from './check.ts';
import { COMPLETION_HELP } from './completion.ts';
import { ANALYZE_FLAGS, ANALYZE_HELP } from '../install/analyze/options.ts';
import { DEMO_FLAGS, DEMO_HELP } from '../lab/demo/options.ts';
import { INSTALL_GROUPS, INSTALL_ROWS } from '../install/flags/rows.ts';
import { RECORD_FLAGS, RECORD_HELP, REPLAY_FLAGS, REPLAY_HELP } from '../lab/recording/options.ts';
import type { CommandName } from './commands.ts';

const WHERE_SET = `Each flag can also be set by environment, as WATCHSIEVE_STATE_DIR for
--state-dir, or in the file named by --config, as stateDir. A flag wins over the
environment, the environment over the file. Defaults stand in brackets.
`;

const SERVE_HELP = `Usage: watchsieve serve [flags]

Runs the proxy: clients connect to it as to an API server, with the kubeconfig
that it writes into --state-dir; it passes everything through, and leaves out of
their watches, of Nodes and of what --resources names, what changes nothing that
they read. Runs until SIGTERM.

Examples:
  watchsieve serve
      In a Pod, where nothing needs to be said.
  watchsieve serve --credentials kubeconfig --state-dir ./state
      At a desk, as yourself; kubectl then takes --kubeconfig ./state/kubeconfig.
  watchsieve serve --resources endpointslices.discovery.k8s.io
      For a client that watches these too, without their managedFields.
  watchsieve serve --mode observe
      Forwards everything, and counts in /metrics what it would have left out.

Exit code 0 after SIGTERM, 1 when it cannot run, 2 for wrong flags, settings or
files that they name.

${WHERE_SET}`;

const INIT_HELP = `Usage: watchsieve init [flags]

Writes what clients need (CA, keys, kubeconfig) into --state-dir and exits: for
an ordinary init container, where a client starts before serve does. Give it the
settings of serve; those that are not listed here are taken too, and change
nothing.

Examples:
  watchsieve init
      In a Pod, with the environment of the container that serves.
  watchsieve init --state-dir ./state --listen 127.0.0.1:17480
      Anywhere else.

Exit code 0 when all is written, 1 when it cannot be, 2 for wrong flags, settings
or files that they name.

${WHERE_SET}`;

const INJECT_HELP = `Usage: watchsieve inject [flags] FILE|DIR|-...

Adds the sidecar to workloads in Kubernetes manifests (YAML or JSON) and writes
all of them to standard output. DIR means every .yaml, .yml and .json file in it,
- standard input, so that it serves as a Helm post-renderer. Everything but what
is added stays as it is written. What was injected before is brought up to date.

In any case chosen are workloads with the annotation watchsieve.dev/inject "true",
and none with "false". The annotations watchsieve.dev/preset, /container, /variant
and /port on a workload or its Pod template win over flags.

Examples:
  watchsieve inject --image registry.example.com/watchsieve:1 speaker.yaml
      To standard output.
  watchsieve inject --image registry.example.com/watchsieve:1 --in-place ./manifests
      Every file of a folder.

Exit code 0 when all went well, 1 when there was nothing to do or something stood
in the way (then nothing is written), 2 for wrong flags or files that cannot be
read.
`;

const UNINJECT_HELP = `Usage: watchsieve uninject [flags] FILE|DIR|-...

Takes the sidecar out of Kubernetes manifests again. What comes from inject becomes
what it was before, byte for byte.

Exit codes as of inject.
`;

const WEBHOOK_HELP = `Usage: watchsieve webhook [flags]

Adds the sidecar to Pods as they are made: a mutating admission webhook, for
installations that an operator or Helm would put back. Adds what watchsieve inject
adds. Makes its own certificate authority and puts it into the webhook's
configuration. See docs/webhook.md, which names manifests for all of this.

Chosen are Pods with the annotation watchsieve.dev/inject "true", none with
"false", and without it the speaker of MetalLB and frr-k8s, or those that
--selector names. The annotations watchsieve.dev/preset, /container, /variant and
/port on a Pod win over flags.

Exit code 0 after SIGTERM, 1 when it cannot run, 2 for wrong flags or files that
they name.
`;

function flagsOf(command: keyof typeof INSTALL_ROWS): string {
  return renderHelp({ groups: INSTALL_GROUPS, rows: INSTALL_ROWS[command] });
}

/** What `init` looks at. */
const INIT_FIELDS: readonly SettingField[] = [
  ...(['config', 'listen', 'stateDir', 'tokenFile', 'credentials', 'kubeconfig', 'context'] as const),
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
      return `${CHECK_HELP}\n${renderSettingsHelp()}`;
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
      return 'Usage: watchsieve help [COMMAND]\n\nShows what a command is for, with its flags.\n';
    case 'version':
      return 'Usage: watchsieve version\n\nShows the version.\n';
  }
}
