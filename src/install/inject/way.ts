/**
 * The client's way to the API server, which the sidecar takes over: variables that change it are copied to the sidecar,
 * and what cannot be copied is reported. Pure.
 */
import { type Json, listAt, recordAt, textAt, valueAt } from '../../platform/text/json-value.ts';
import { ADDRESS_VARIABLES, type Leading } from './leading.ts';
import { SERVICE_ACCOUNT_DIR } from './names.ts';
import { type Container, podSpecAt, type Workload } from './workload.ts';
import { isRecord } from '../../platform/text/record.ts';

export interface Way {
  /** For the sidecar's containers. */
  readonly env: readonly Json[];
  /** Reasons for which the client could not reach the API server through the sidecar. */
  readonly problems: readonly string[];
  /** Differences that the user should know of. */
  readonly notes: readonly string[];
}

const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];

export function wayOf(workload: Workload, container: Container, leading: Leading): Way {
  const { value } = container;
  const variables = listAt(value, 'env');
  const handed = ADDRESS_VARIABLES.map((variable) => handOn(variables, listAt(value, 'envFrom'), variable));
  const token = leading === 'kubeconfig' ? tokenOf(workload, container) : mountedToken(workload);
  return {
    env: handed.flatMap(({ env }) => env),
    problems: saidOf(
      container,
      [...handed, token].map(({ problem }) => problem),
    ),
    notes: saidOf(container, [...proxyNotes(value), token.note]),
  };
}

function saidOf({ name }: Container, texts: readonly (string | undefined)[]): readonly string[] {
  return texts.filter((text) => text !== undefined).map((text) => `its container ${name} ${text}`);
}

/** The way to a hub without a sidecar: the client keeps its variables, and goes by its HTTP proxies. */
export function wayToHub(workload: Workload, container: Container): Way {
  const { problem, note } = tokenOf(workload, container);
  const { set, possible } = proxiesOf(container.value);
  const notes = [
    ...set.map((variable) => `has ${variable} set, by which it goes to the hub unless NO_PROXY names that`),
    ...possible.map(
      (from) => `takes variables from ${from}: one that names a proxy may keep it from the hub`,
    ),
    note,
  ];
  return { env: [], problems: saidOf(container, [problem]), notes: saidOf(container, notes) };
}

/** Variables of HTTP proxies, and where others may come from. */
function proxiesOf(container: unknown): {
  readonly set: readonly string[];
  readonly possible: readonly string[];
} {
  const set = listAt(container, 'env')
    .map((each) => textAt(each, 'name') ?? '')
    .filter((name) => PROXIES.includes(name));
  const possible = listAt(container, 'envFrom').flatMap((source) =>
    PROXIES.some((name) => name.startsWith(textAt(source, 'prefix') ?? ''))
      ? [textAt(source, 'configMapRef', 'name') ?? textAt(source, 'secretRef', 'name') ?? 'elsewhere']
      : [],
  );
  return { set, possible };
}

/** The client may use its proxies to reach the API server, and the sidecar does not. */
function proxyNotes(container: unknown): readonly string[] {
  const { set, possible } = proxiesOf(container);
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
    // A reference to another variable of the client's container has no meaning in the sidecar.
    if (textAt(own, 'value')?.includes('$(') === true)
      return { env: [], problem: `sets ${name} from another variable: write its value out` };
    return { env: [asJson(own)] };
  }
  const keys = sources.flatMap((source) => keyIn(source, name));
  if (keys.length > 1)
    return { env: [], problem: `may get ${name} from more than one source (envFrom): set it in env` };
  // The reference is optional: if the object or its key is missing, the variable stays unset.
  return { env: keys.map((valueFrom) => ({ name, valueFrom })) };
}

/** The key references from which `source` would set a variable of that name. */
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

/** The kubeconfig names the token at its usual path; without a token there, every request would fail. */
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

/** The files mounted for the client lead to the Pod's own token, and a Pod that opts out of a token must not be given one. */
function mountedToken(workload: Workload): { readonly problem?: string; readonly note?: string } {
  return podSpecAt(workload, 'automountServiceAccountToken') === false
    ? { problem: 'is given no token (automountServiceAccountToken: false), and in-cluster clients need one' }
    : {};
}

function asJson(variable: unknown): Json {
  return JSON.parse(JSON.stringify(recordAt(variable))) as Json;
}
