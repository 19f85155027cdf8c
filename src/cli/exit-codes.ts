/** What the process says to whoever started it. */
export const EXIT = {
  fine: 0,
  /** Failed while starting or running. */
  failed: 1,
  /** Wrong command, flags or settings: starting again changes nothing. */
  usage: 2,
} as const;
