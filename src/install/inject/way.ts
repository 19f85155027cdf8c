/**
 * The client's own way to the API server, which is the sidecar's from then on: variables that change it are handed on,
 * and what cannot be handed on is said. Pure.
 */
import { type Json, listAt, recordAt, textAt, valueAt } from '../../platform/text/json-value.ts';
import { ADDRESS_VARIABLES, type Leading } from './leading.ts';
import { SERVICE_ACCOUNT_DIR } from './names.ts';
import { type Container, podSpecAt, type Workload } from './workload.ts';
import { isRecord } from '../../platform/text/record.ts';

export interface Way {
  /** For the sidecar's containers. */
  readonly env: readonly Json[];
  /** What keeps the client from the API server once the sidecar is between them. */
  readonly problems: readonly string[];
  /** What may be otherwise than somebody thinks. */
  readonly notes: readonly string[];
}

const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];

export function wayOf(workload: Workload, container: Container, leading: Leading): Way {
  const { name, value } = container;
  const variables = listAt(value, 'env');
  const handed = ADDRESS_VARIABLES.map((variable) => handOn(variables, listAt(value, 'envFrom'), variable));
  const token = leading === 'kubeconfig' ? tokenOf(workload, container) : mountedToken(workload);
  return {
    env: handed.flatMap(({ env }) => env),
    problems: [...handed, token].flatMap(({ problem }) =>
      problem === undefined ? [] : [`its container ${name} ${problem}`],
    ),
    notes: [...proxiesOf(value), ...(token.note === undefined ? [] : [token.note])].map(
      (note) => `its container ${name} ${note}`,
    ),
  };
}

/** What it may reach the API server by, and the sidecar not. */
function proxiesOf(container: unknown): readonly string[] {
  const set = listAt(container, 'env')
    .map((each) => textAt(each, 'name') ?? '')
    .filter((name) => PROXIES.includes(name));
  const possible = listAt(container, 'envFrom').flatMap((source) =>
    PROXIES.some((name) => name.startsWith(textAt(source, 'prefix') ?? ''))
      ? [textAt(source, 'configMapRef', 'name') ?? textAt(source, 'secretRef', 'name') ?? 'elsewhere']
      : [],
  );
  return [
    ...set.map((name) => `has ${name} set: the sidecar goes to the API server without it`),
    ...possible.map(
      (from) => `takes variables from ${from}: one that names a proxy is not handed on to the sidecar`,
    ),
  ];
}

function handOn(
  variables: readonly unknown[],
  sources: readonly unknown[],
  name: string,
): { readonly env: readonly Json[]; readonly problem?: string } {
  const own = variables.findLast((each) => textAt(each, 'name') === name);
  if (own !== undefined) {
    // Others of its variables mean nothing in the sidecar.
    if (textAt(own, 'value')?.includes('$(') === true)
      return { env: [], problem: `has ${name} set by way of another variable: write its value out` };
    return { env: [asJson(own)] };
  }
  const keys = sources.flatMap((source) => keyIn(source, name));
  if (keys.length > 1)
    return { env: [], problem: `may have ${name} from more than one place (envFrom): set it by env` };
  // Where there is no such key, or nothing to have keys, it is as if nobody had set it.
  return { env: keys.map((valueFrom) => ({ name, valueFrom })) };
}

/** What a variable of that name would be read from, if `source` can hold one. */
function keyIn(source: unknown, name: string): readonly Json[] {
  const prefix = textAt(source, 'prefix') ?? '';
  if (!name.startsWith(prefix)) return [];
  const key = name.slice(prefix.length);
  return (['configMap', 'secret'] as const).flatMap((kind) => {
    const from = textAt(source, `${kind}Ref`, 'name');
    return from === undefined || key === ''
      ? []
      : [{ [`${kind}KeyRef`]: { name: from, key, optional: true } }];
  });
}

/** The kubeconfig names the token at its usual path: with none there, every request would fail. */
function tokenOf(
  workload: Workload,
  { value }: Container,
): { readonly problem?: string | undefined; readonly note?: string | undefined } {
  const withToken = new Set(
    listAt(podSpecAt(workload, 'volumes')).flatMap((volume) => {
      const sources = listAt(volume, 'projected', 'sources');
      const hasToken = sources.some((source) => isRecord(valueAt(source, ['serviceAccountToken'])));
      return hasToken ? [textAt(volume, 'name')] : [];
    }),
  );
  const mounts = listAt(value, 'volumeMounts').map((mount) => ({
    path: (textAt(mount, 'mountPath') ?? '').replace(/(?<!\/)\/+$/, ''),
    hasToken: withToken.has(textAt(mount, 'name')),
  }));
  if (mounts.some(({ path }) => path === SERVICE_ACCOUNT_DIR)) return {};
  const elsewhere = mounts.find(({ hasToken }) => hasToken)?.path;
  if (podSpecAt(workload, 'automountServiceAccountToken') !== false)
    return elsewhere === undefined
      ? {}
      : { note: `has a token at ${elsewhere}: the kubeconfig takes the one in ${SERVICE_ACCOUNT_DIR}` };
  return elsewhere === undefined
    ? { note: `has no token in ${SERVICE_ACCOUNT_DIR}, where the kubeconfig looks` }
    : {
        problem: `has its token at ${elsewhere} and none at ${SERVICE_ACCOUNT_DIR}, where the kubeconfig looks`,
      };
}

/** What is mounted for the client has to be its own token, and nobody may give one to a Pod that wants none. */
function mountedToken(workload: Workload): { readonly problem?: string; readonly note?: string } {
  return podSpecAt(workload, 'automountServiceAccountToken') === false
    ? { problem: 'is given no token (automountServiceAccountToken: false), and in-cluster clients need one' }
    : {};
}

function asJson(variable: unknown): Json {
  return JSON.parse(JSON.stringify(recordAt(variable))) as Json;
}
