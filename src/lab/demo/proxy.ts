/** The demo's proxy: the real one, in this process, set up as by `watchsieve serve`. */
import { parseSettings } from '../../config/parse-settings.ts';
import { createLogger } from '../../platform/logger.ts';

export interface DemoProxyOptions {
  readonly upstreamKubeconfigPath: string;
  readonly tokenFile: string;
  readonly stateDir: string;
  /** Takes the proxy's warnings, line by line. */
  readonly log: (line: string) => void;
}

export interface DemoProxy {
  /** The kubeconfig for the proxy's clients. */
  readonly kubeconfigPath: string;
  /** The address of its status page, if it has one. */
  readonly pageUrl?: string;
  close(): Promise<void>;
}

/** Starts a proxy in front of the cluster that the kubeconfig names. */
export type StartDemoProxy = (options: DemoProxyOptions) => Promise<DemoProxy>;

/** Starts the app on free ports. @throws Error if it cannot listen */
export const startDemoProxy: StartDemoProxy = async (options) => {
  const argv = [
    ['--listen', '127.0.0.1:0'],
    ['--admin-listen', '127.0.0.1:0'],
    ['--kubeconfig', options.upstreamKubeconfigPath],
    ['--token-file', options.tokenFile],
    ['--state-dir', options.stateDir],
    ['--drain-timeout', '0s'],
  ].flat();
  // Environment and file are left out on purpose: the demo shows the defaults.
  const parsed = parseSettings({ argv, env: {}, readFile: () => undefined });
  if ('problems' in parsed) throw new Error(parsed.problems.join('; '));
  const log = await createLogger({
    level: 'warn',
    format: 'json',
    output: { write: options.log },
  });
  const { startApp } = await import('../../serve/app.ts');
  const app = await startApp(parsed.ok, { log, env: {}, sources: parsed.sources });
  const { host, port } = app.adminAddress;
  return {
    kubeconfigPath: app.kubeconfigPath,
    pageUrl: `http://${host}:${port}/`,
    close: () => app.close(),
  };
};
