/**
 * The servers that checks ask: the proxy and the API server over verified TLS, and the admin listener on this machine.
 */
import type { ListenAddress } from '../../config/kinds.ts';
import { serverUrl } from '../../platform/identity/hosts.ts';
import { ApiClient } from '../../platform/upstream/api-client.ts';
import type { UpstreamTarget } from '../../platform/upstream/target.ts';
import type { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { codeOf } from '../../platform/text/failure.ts';

/** The name in logs and in /debug/streams. */
export const USER_AGENT = 'watchsieve-check';

/** Connections that only this command uses. The caller must close it. */
export function clientOf(target: UpstreamTarget, timeoutMs: number): ApiClient {
  return new ApiClient({ target, timeoutMs, userAgent: USER_AGENT });
}

export function adminOrigin({ host, port }: ListenAddress): string {
  return serverUrl(host, port, 'http');
}

/** The code that OpenSSL, Node or the kernel gives; empty if there is none. */
export function causeCode(error: UpstreamError): string {
  return codeOf(error.cause) ?? '';
}

/** True if only the validity period of a certificate is wrong. */
export function isAboutTime(error: UpstreamError): boolean {
  return ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'].includes(causeCode(error));
}
