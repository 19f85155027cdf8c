/** The versions of HTTP by which the readers of the hub's bench come. Sidecars and client-go use HTTP/2. */
export const TRANSPORTS = ['HTTP/2', 'HTTP/1.1'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** @throws Error */
export function transportOf(word: string | undefined): Transport {
  const found = TRANSPORTS.find((transport) => transport === word);
  if (found === undefined) throw new Error(`no transport: ${word}`);
  return found;
}

/** Windows as those of a sidecar (src/platform/upstream/h2-connection.ts), so that nobody waits for one. */
export const WINDOW_BYTES = 512 * 1024;

/** Settings of a session of node:http2. */
export function h2Of(side: 'client' | 'server') {
  return { settings: { initialWindowSize: WINDOW_BYTES, ...(side === 'client' && { enablePush: false }) } };
}
