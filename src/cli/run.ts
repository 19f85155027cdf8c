/**
 * The command line: argv in, exit code out. Owns the commands' names and usage; loads what a command
 * needs only when it runs, so that --help and mistakes are answered at once.
 */
import { didYouMean } from '../config/given.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { version } from './version.ts';

const USAGE = `watchsieve ${version}: lets Kubernetes controllers watch objects without their noise

Usage:
  watchsieve serve [flags]  run the proxy (watchsieve serve --help lists its flags)
  watchsieve init [flags]   write what clients need (CA, kubeconfig) and exit; the flags of serve
  watchsieve check [flags]  find what is wrong with an installation, and the cure
  watchsieve demo [flags]   show what it does, on an embedded miniature cluster
  watchsieve inject FILE    add the sidecar to manifests; uninject takes it out again
  watchsieve webhook        add the sidecar to Pods as they are made
  watchsieve --help         this text
  watchsieve --version      the version
`;

const settingsUsage = (command: string): string => `Usage: watchsieve ${command} [flags]

Each flag can also be set by environment, as WATCHSIEVE_STATE_DIR for
--state-dir, or in the file named by --config, as stateDir. A flag wins over the
environment, the environment over the file. Defaults stand in brackets.

`;

const COMMANDS = ['serve', 'init', 'check', 'demo', 'inject', 'uninject', 'webhook', '--help', '--version'];

/** Runs the command `argv` names and returns the exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [command, ...rest] = argv;
  switch (command) {
    case 'serve':
      return runServe(rest, io);
    case 'init':
      return runInit(rest, io);
    case 'check':
      return runCheck(rest, io);
    case 'demo':
      return runDemo(rest, io);
    case 'inject':
    case 'uninject':
      return (await import('./inject.ts')).runInject(command, rest, io);
    case 'webhook':
      return (await import('./webhook.ts')).runWebhook(rest, io);
    case '--help':
    case '-h':
    case 'help':
      io.stdout.write(USAGE);
      return EXIT.fine;
    case '--version':
      io.stdout.write(`${version}\n`);
      return EXIT.fine;
    case undefined:
      io.stderr.write(USAGE);
      return EXIT.usage;
    default:
      io.stderr.write(`watchsieve: unknown command ${command}${didYouMean(command, COMMANDS)}\n\n${USAGE}`);
      return EXIT.usage;
  }
}

async function runServe(argv: readonly string[], io: Io): Promise<number> {
  if (asksForHelp(argv)) return settingsHelp('serve', io);
  const { serve } = await import('./serve.ts');
  return serve(argv, io, async () => (await import('../app/app.ts')).startApp);
}

async function runInit(argv: readonly string[], io: Io): Promise<number> {
  if (asksForHelp(argv)) return settingsHelp('init', io);
  const { init } = await import('./init.ts');
  return init(argv, io, async () => (await import('../app/init-state.ts')).initState);
}

async function runCheck(argv: readonly string[], io: Io): Promise<number> {
  const { check, CHECK_USAGE } = await import('./check.ts');
  if (!asksForHelp(argv)) return check(argv, io);
  const { renderSettingsHelp } = await import('../config/render.ts');
  io.stdout.write(CHECK_USAGE + renderSettingsHelp());
  return EXIT.fine;
}

function asksForHelp(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

async function settingsHelp(command: string, io: Io): Promise<number> {
  const { renderSettingsHelp } = await import('../config/render.ts');
  io.stdout.write(settingsUsage(command) + renderSettingsHelp());
  return EXIT.fine;
}

async function runDemo(argv: readonly string[], io: Io): Promise<number> {
  const [{ runDemo: demo }, { onStopRequest }] = await Promise.all([
    import('./demo.ts'),
    import('./signals.ts'),
  ]);
  const stop = onStopRequest(io);
  try {
    return await demo([...argv], { stdout: io.stdout, stderr: io.stderr, signal: stop.signal });
  } finally {
    stop.forget();
  }
}
