import type { ListenAddress, NamedObject } from '../../config/kinds.ts';
import type { LabelSelector } from '../inject/selector.ts';
import { problemsOf, sidecarWishes, type SidecarWishes } from './manifest-options.ts';
import { Flags, type Parsed } from '../../config/flags.ts';
import { INSTALL, INSTALL_ROWS } from './rows.ts';

export interface WebhookSettings {
  readonly listen: ListenAddress;
  readonly healthListen: ListenAddress;
  /** The names and addresses at which the API server calls. */
  readonly hosts: readonly string[];
  readonly secret: NamedObject;
  readonly configuration: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly sidecar: SidecarWishes;
  /** Pods that any of these selectors matches; undefined for the known clients. */
  readonly selector: LabelSelector | undefined;
  readonly certificateLifetimeMs: number;
  readonly drainDelayMs: number;
  readonly logLevel: string;
}

const SECRET = 'watchsieve-webhook-ca';

/** Reads the flags. All problems with their values are found at once. */
export function parseWebhookOptions(argv: readonly string[]): Parsed<WebhookSettings> {
  const flags = new Flags(argv, INSTALL_ROWS.webhook);
  const sidecar = sidecarWishes(flags);
  const service = flags.one(INSTALL.service);
  const selectors = flags.all(INSTALL.podSelector);
  const problems = [...flags.problems, ...problemsOf(flags, sidecar), ...unreachable(flags)];
  if (problems.length > 0) return { problems };
  return {
    ok: {
      listen: flags.one(INSTALL.listen),
      healthListen: flags.one(INSTALL.healthListen),
      hosts: [...hostsOf(service), ...flags.all(INSTALL.host)],
      secret: flags.one(INSTALL.secret) ?? { namespace: service?.namespace ?? '', name: SECRET },
      configuration: flags.one(INSTALL.configuration),
      kubeconfig: flags.one(INSTALL.kubeconfig),
      context: flags.one(INSTALL.context),
      sidecar,
      selector:
        selectors.length === 0 ? undefined : (labels) => selectors.some((selector) => selector(labels)),
      certificateLifetimeMs: flags.one(INSTALL.certificateLifetimeMs),
      drainDelayMs: flags.one(INSTALL.drainDelayMs),
      logLevel: flags.one(INSTALL.logLevel),
    },
  };
}

/** The API server uses the short name; other programs may use the long one. */
function hostsOf(service: NamedObject | undefined): readonly string[] {
  if (service === undefined) return [];
  const short = `${service.name}.${service.namespace}.svc`;
  return [short, `${short}.cluster.local`];
}

function unreachable(flags: Flags): string[] {
  if (flags.text(INSTALL.service) !== undefined) return [];
  if (flags.text(INSTALL.host) === undefined)
    return ['name the Service with --service, or another address of the webhook with --host'];
  return flags.text(INSTALL.secret) === undefined ? ['without --service, name the Secret with --secret'] : [];
}
