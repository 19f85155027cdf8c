/**
 * Finds the credentials in the headers of a request. It returns undefined for a request with several credentials or
 * with impersonation, because only the API server can tell whose rights such a request has.
 */
import { without } from './fields.ts';

/** Headers that authenticate to an API server or to a proxy in front of it. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie']);
/**
 * If a connection uses the certificate of a front proxy, the API server trusts headers with this prefix. So this
 * program must never send such headers of a caller on a connection with its own certificate.
 */
const FRONT_PROXY = 'x-remote-';
/** A WebSocket protocol that contains a token (apiserver pkg/authentication/request/websocket/protocol.go). */
const TOKEN_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';

/**
 * @param headers - flat `[name, value, ...]`, without hop-by-hop headers
 * @returns the only credential as `[name, value]`; empty for an anonymous caller; undefined if only the API server can
 * identify the caller: impersonation, a token among the protocols of a WebSocket, or more than one credential
 */
export function callerCredentials(headers: readonly string[]): readonly string[] | undefined {
  const found: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at]?.toLowerCase() ?? '';
    const value = headers[at + 1] ?? '';
    if (name.startsWith('impersonate-')) return undefined;
    if (name === 'sec-websocket-protocol' && value.includes(TOKEN_PROTOCOL)) return undefined;
    if (!CREDENTIALS.has(name)) continue;
    if (found.length > 0) return undefined;
    found.push(name, value);
  }
  return found;
}

/** Removes the headers that only a front proxy may send. @param headers - flat */
export function withoutFrontProxy(headers: readonly string[]): string[] {
  return without(headers, (name) => name.startsWith(FRONT_PROXY));
}
