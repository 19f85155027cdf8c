/** The limits of a listener that gives short answers: metrics, health, reviews. */
import type { ServerLimits } from './guarded-server.ts';

export const SHORT_ANSWERS: ServerLimits = {
  connections: {
    /** A scraper and a kubelet have one connection each; more would only cost memory. */
    maxConnections: 64,
    headTimeoutMs: 10_000,
    requestTimeoutMs: 10_000,
    endsUnread: true,
  },
  maxHeadBytes: 16 * 1024,
  keepAliveMs: 15_000,
};
