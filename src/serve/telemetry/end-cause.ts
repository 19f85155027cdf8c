/** All ways in which a stream can end, as a closed set for metrics and logs. */
export const END_CAUSES = [
  /** Upstream ended it at the end of a frame. */
  'upstream_end',
  /** Upstream broke off: inside a frame, or by a reset. */
  'upstream_error',
  /** The connection to upstream answers neither PINGs nor the kernel's probes. */
  'upstream_dead',
  'client_gone',
  'slow_client',
  'deadline',
  'drain',
  /** Ended to make room for others, or because the memory for clients had reached its limit. */
  'limit',
] as const;
export type EndCause = (typeof END_CAUSES)[number];
