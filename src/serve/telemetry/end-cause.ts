/** Every way a stream can end, as a closed set for metrics and logs. */
export const END_CAUSES = [
  /** Upstream ended it at a frame boundary. */
  'upstream_end',
  /** Upstream broke off: inside a frame, or by a reset. */
  'upstream_error',
  /** The connection to upstream no longer answers PINGs, or the kernel's probes. */
  'upstream_dead',
  'client_gone',
  'slow_client',
  'deadline',
  'drain',
  /** Others had to be let in, or what is kept for clients had reached its limit. */
  'limit',
] as const;
export type EndCause = (typeof END_CAUSES)[number];
