/** What runs have been through: a differential in which nothing happens shows nothing. */
export class Stats {
  /** Verdicts: events times the streams that were sent them. */
  events = 0;
  worlds = 0;
  swallowed = 0;
  forwarded = 0;
  /** Swallowed by what a list or another stream has left. */
  swallowedByAdoption = 0;
  /** Swallowed though it, or what the client holds, was not written by an API server. */
  swallowedForeign = 0;
  lists = 0;
  resumes = 0;
  watchLists = 0;
  ownBookmarks = 0;
  heldFrames = 0;
  filterChanges = 0;
  custom = 0;
  refused = 0;
  /** No-ops written as an API server does, which the stream had all reason to know as such: by encoding. */
  readonly plainNoOps = { json: 0, protobuf: 0 };
  readonly plainSwallowed = { json: 0, protobuf: 0 };
}
