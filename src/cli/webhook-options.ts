/** The flags of `watchsieve webhook`. Pure. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { address, choice, duration, type Kind, type ListenAddress } from '../config/kinds.ts';
import { type LabelSelector, parseLabelSelector } from '../install/inject/selector.ts';
import { PRESETS } from '../core/projection/presets.ts';
import { SIDECAR_FLAGS, sidecarWishes, type SidecarWishes } from './inject-options.ts';

/** An object in a namespace. */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface WebhookSettings {
  readonly listen: ListenAddress;
  readonly healthListen: ListenAddress;
  /** Names and addresses under which the API server calls. */
  readonly hosts: readonly string[];
  readonly secret: ObjectName;
  readonly configuration: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly sidecar: SidecarWishes;
  /** Any of those given; undefined for the clients that are known. */
  readonly selector: LabelSelector | undefined;
  readonly certificateLifetimeMs: number;
  readonly drainDelayMs: number;
  readonly logLevel: string;
}

export type ParsedWebhookOptions =
  { readonly ok: WebhookSettings } | { readonly help: true } | { readonly problems: readonly string[] };

export const WEBHOOK_USAGE = `Usage: watchsieve webhook [flags]

Adds the sidecar to Pods as they are made: a mutating admission webhook, for
installations that an operator or Helm would put back. Adds what watchsieve inject
adds. Makes its own certificate authority and puts it into the webhook's
configuration. See docs/webhook.md, which names manifests for all of this.

Chosen are Pods with the annotation watchsieve.dev/inject "true", none with
"false", and without it the speaker of MetalLB and frr-k8s, or those that
--selector names. The annotations watchsieve.dev/preset, /container, /variant and
/port on a Pod win over flags.

  --listen HOST:PORT   HTTPS, for the API server [0.0.0.0:8443]
  --health-listen HOST:PORT
                       /livez, /readyz, /metrics [0.0.0.0:8080]
  --service NAMESPACE/NAME
                       the Service by which the API server calls
  --host HOST          a name or address by which it calls, for a webhook by url;
                       may be repeated
  --secret NAMESPACE/NAME
                       where the certificate authority is kept
                       [watchsieve-webhook-ca beside the Service]
  --configuration NAME the MutatingWebhookConfiguration whose caBundle is kept
                       [watchsieve-webhook]
  --kubeconfig FILE    how to reach the API server [as every Pod does]
  --context NAME       of the kubeconfig [its current-context]

  --image IMAGE        of the sidecar, where your nodes find it; there is no default
  --variant VARIANT    native, for Kubernetes 1.29 or newer, or ordinary [native]
  --kubernetes-version VERSION
                       choose the variant for it, as 1.28
  --port PORT          first of three ports in a row: proxy, admin, metrics [17480];
                       those of frr-k8s are 10 higher
  --preset PRESET      ${PRESETS.join(', ')}
                       [metallb; labels for frr-k8s]
  --container NAME     which container is the client, where it is not plain
  --requests AMOUNTS   of the sidecar [cpu=50m,memory=128Mi]
  --limits AMOUNTS     of the sidecar [memory=256Mi], and cpu=500m where each
                       container of the Pod has a limit for CPU
  --selector LABELS    Pods with these labels, as app=metallb,component=speaker;
                       may be repeated

  --certificate-lifetime DURATION
                       of the serving certificate [720h]
  --drain-delay DURATION
                       answer for so long after SIGTERM, while others learn of it
                       [5s]
  --log-level LEVEL    trace, debug, info, warn, error, fatal, silent [info]

Exit code 0 after SIGTERM, 1 when it cannot run, 2 for wrong flags or files that
they name.
`;

const FLAGS = {
  ...SIDECAR_FLAGS,
  help: { type: 'boolean', short: 'h' },
  listen: { type: 'string', default: '0.0.0.0:8443' },
  'health-listen': { type: 'string', default: '0.0.0.0:8080' },
  service: { type: 'string' },
  host: { type: 'string', multiple: true },
  secret: { type: 'string' },
  configuration: { type: 'string', default: 'watchsieve-webhook' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  selector: { type: 'string', short: 'l', multiple: true },
  'certificate-lifetime': { type: 'string', default: '720h' },
  'drain-delay': { type: 'string', default: '5s' },
  'log-level': { type: 'string', default: 'info' },
} as const satisfies ParseArgsOptionsConfig;

/** RFC 1123, as names of objects are; `.` only where the object allows it. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const HOST = /^(?:[A-Za-z0-9.-]+|[0-9A-Fa-f:.]+)$/;
/** Never longer than the authority is renewed before its end. */
const LIFETIME = duration('10s', '1440h');
const DELAY = duration('0s', '5m');
const LEVEL = choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent');

/** Reads the flags; every problem with their values is found at once. */
export function parseWebhookOptions(argv: readonly string[]): ParsedWebhookOptions {
  let values;
  try {
    ({ values } = parseArgs({ args: [...argv], options: FLAGS }));
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
  if (values.help === true) return { help: true };
  const problems: string[] = [];
  const read = <T>(flag: string, kind: Kind<T>, text: string, otherwise: T): T => {
    const value = kind.parse(text);
    if (value === undefined) problems.push(`--${flag} must be ${kind.allowed}, not "${text}"`);
    return value ?? otherwise;
  };
  const nowhere: ListenAddress = { host: '', port: 0 };
  const { configuration, kubeconfig, context } = values;
  const service = objectName('service', values.service, LABEL, problems);
  const secret = objectName('secret', values.secret, SUBDOMAIN, problems);
  if (!SUBDOMAIN.test(configuration))
    problems.push(`--configuration must be the name of an object, not "${configuration}"`);
  const settings = {
    listen: read('listen', address, values.listen, nowhere),
    healthListen: read('health-listen', address, values['health-listen'], nowhere),
    hosts: hosts(service, values.host ?? [], problems),
    secret: secret ?? besides(service, values, problems),
    configuration,
    kubeconfig,
    context,
    sidecar: sidecarWishes(values, problems),
    selector: selectorOf(values.selector ?? [], problems),
    certificateLifetimeMs: read('certificate-lifetime', LIFETIME, values['certificate-lifetime'], 0),
    drainDelayMs: read('drain-delay', DELAY, values['drain-delay'], 0),
    logLevel: read('log-level', LEVEL, values['log-level'], 'info'),
  };
  return problems.length > 0 ? { problems } : { ok: settings };
}

function objectName(
  flag: string,
  text: string | undefined,
  form: RegExp,
  problems: string[],
): ObjectName | undefined {
  if (text === undefined) return undefined;
  const [namespace = '', name = '', ...more] = text.split('/');
  if (LABEL.test(namespace) && form.test(name) && more.length === 0) return { namespace, name };
  problems.push(`--${flag} must be NAMESPACE/NAME, not "${text}"`);
  return undefined;
}

/** The API server calls the short name; others who look may use the long one. */
function hosts(
  service: ObjectName | undefined,
  given: readonly string[],
  problems: string[],
): readonly string[] {
  for (const host of given)
    if (!HOST.test(host)) problems.push(`--host must be a name or an address, not "${host}"`);
  if (service === undefined) return given;
  const short = `${service.name}.${service.namespace}.svc`;
  return [short, `${short}.cluster.local`, ...given];
}

const SECRET = 'watchsieve-webhook-ca';

function besides(
  service: ObjectName | undefined,
  values: { readonly service?: string; readonly secret?: string; readonly host?: readonly string[] },
  problems: string[],
): ObjectName {
  if (values.service === undefined && (values.host ?? []).length === 0)
    problems.push('name the Service with --service, or how else it is called with --host');
  else if (values.service === undefined && values.secret === undefined)
    problems.push('without --service, name the Secret with --secret');
  return { namespace: service?.namespace ?? '', name: SECRET };
}

function selectorOf(texts: readonly string[], problems: string[]): LabelSelector | undefined {
  const selectors = texts.map((text) => {
    const selector = parseLabelSelector(text);
    if (selector === undefined)
      problems.push(`--selector must be labels as app=metallb,component=speaker, not "${text}"`);
    return selector;
  });
  if (selectors.length === 0) return undefined;
  return (labels) => selectors.some((selector) => selector?.(labels) === true);
}
