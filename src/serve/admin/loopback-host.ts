/** Tells by the Host header whether a request was meant for this machine. Pure. */

/** localhost and names below it (RFC 6761), 127.0.0.0/8 and ::1, each with or without a port. */
const LOOPBACK = /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** @param host undefined with HTTP/1.0, which no browser speaks */
export function isLoopbackHost(host: string | undefined): boolean {
  return host === undefined || LOOPBACK.test(host);
}
