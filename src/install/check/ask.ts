/** The servers that are asked: the proxy and the API server over verified TLS, the admin listener on this machine. */
import type { ListenAddress } from '../../config/kinds.ts';
import { serverUrl } from '../../platform/identity/hosts.ts';
import { ApiClient } from '../../platform/upstream/api-client.ts';
import type { UpstreamTarget } from '../../platform/upstream/target.ts';
import type { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { codeOf } from '../../platform/text/failure.ts';

/** Clients' names in logs and /debug/streams. */
export const USER_AGENT = 'watchsieve-check';

/** Connections of this command alone. Close it. */
export function clientOf(target: UpstreamTarget, timeoutMs: number): ApiClient {
  return new ApiClient({ target, timeoutMs, userAgent: USER_AGENT });
}

/** Where the admin listener is asked. */
export function adminOrigin({ host, port }: ListenAddress): string {
  return serverUrl(host, port, 'http');
}

/** What OpenSSL, Node or the kernel call it; empty where nobody named it. */
export function causeCode(error: UpstreamError): string {
  return codeOf(error.cause) ?? '';
}

/** Certificates that are right but for the time. */
export function isAboutTime(error: UpstreamError): boolean {
  return ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'].includes(causeCode(error));
}
