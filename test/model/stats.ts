/** What the model has been through: a model in which nothing happens proves nothing. */
export class Stats {
  delivered = 0;
  swallowed = 0;
  /** Swallowed by what another stream or a LIST has left. */
  swallowedByAdoption = 0;
  ownBookmarks = 0;
  heldFrames = 0;
  lists = 0;
  watches = 0;
  expired = 0;
  tornStreams = 0;
  lostBytes = 0;
  oversize = 0;
  slowEnds = 0;
  deadlines = 0;
  restarts = 0;
  modeChanges = 0;
  presetChanges = 0;
}
