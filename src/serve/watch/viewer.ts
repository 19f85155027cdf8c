/**
 * The viewer of a watch or list: callers with the same viewer see the same objects. The API server of a cluster shows
 * all callers the same Nodes, or none. A resource without a built-in schema may be served by another server, which may
 * show each caller different objects. The server of a kubeconfig may be a proxy that does so too.
 */
import { createHash } from 'node:crypto';
import { fieldsOf } from '../../core/request/fields.ts';
import type { Resource } from '../../core/resource/resource.ts';

/** Returns a digest that is equal for callers with the same view. @param headers of the request, flat and unchanged */
export type Viewer = (headers: readonly string[]) => string;

/**
 * Decides which clients may share snapshots: all with the same view. If the program also serves the same objects under
 * another path and projection, only the same client may: a client can take its resourceVersion from one path to the
 * other, and the state that a client with other credentials has seen tells nothing about it.
 */
export class Viewers {
  readonly #viewer: Viewer;

  /** @param isCluster true if upstream is known to be the API server itself */
  constructor(isCluster: boolean) {
    this.#viewer = viewerOf(isCluster);
  }

  of(
    { isShared }: { readonly isShared: boolean },
    { isOpen }: Pick<Resource, 'isOpen'>,
    headers: readonly string[],
  ): string {
    if (isShared) return clientOf(headers);
    return isOpen === true ? ofEachCaller(headers) : this.#viewer(headers);
  }
}

/** @param isCluster true if upstream is known to be the API server itself */
export function viewerOf(isCluster: boolean): Viewer {
  return (headers) => {
    const telling = fieldsThat(headers, saysWho);
    return isCluster && !telling.some(([name]) => isImpersonation(name)) ? '' : digest(telling);
  };
}

/** A digest of the credentials and the User-Agent: as close as a request comes to identifying one client. */
function clientOf(headers: readonly string[]): string {
  const telling = fieldsThat(headers, (name) => saysWho(name) || name === 'user-agent');
  // Requests of one client may have these headers in different orders.
  return digest(['client', telling.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))]);
}

/** The wanted fields, with their names in lower case. */
function fieldsThat(headers: readonly string[], isWanted: (name: string) => boolean): [string, string][] {
  return fieldsOf(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value])
    .filter(([name]) => isWanted(name));
}

function saysWho(name: string): boolean {
  return isImpersonation(name) || CREDENTIALS.has(name);
}

function isImpersonation(name: string): boolean {
  return name.startsWith('impersonate-');
}

function digest(telling: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(telling)).digest('base64');
}

/** The token of a WebSocket may be one of its subprotocols. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'sec-websocket-protocol']);

const ofEachCaller = viewerOf(false);
