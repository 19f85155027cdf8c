/** Deliberate breaks of the hub: its order, its positions, what it promises of states, and where its readers end. */
import { type Break, FEEDS, WHOLE_HUBS } from './break.ts';

export const BREAKS_OF_HUB: readonly Break[] = [
  {
    what: 'resourceVersions are ordered as text',
    harm: 'when numbers gain a digit, a client misses events (I11)',
    edits: [
      {
        file: 'core/hub/decimal.ts',
        from: '  if (a.length !== b.length) return a.length - b.length;\n',
        to: '',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'resourceVersions are ordered as JavaScript numbers',
    harm: 'large numbers equal their neighbours, and events between them are lost (I11)',
    edits: [
      {
        file: 'core/hub/decimal.ts',
        from: '  if (a.length !== b.length) return a.length - b.length;\n',
        to: '  if (a !== b) return Number(a) - Number(b);\n',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'a watch begins with the last event that its client has',
    harm: 'events come twice',
    edits: [
      {
        file: 'core/hub/reader.ts',
        from: '    this.#after = at;\n',
        to: '',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'a client may name a state that the feed has not reached',
    harm: 'a hub that lags or has another history leaves the client without news (I11)',
    edits: [
      {
        file: 'core/hub/attach.ts',
        from: "    if (isNewer(resourceVersion, epoch.readAt)) return 'behind';\n",
        to: '',
      },
    ],
    caughtBy: WHOLE_HUBS,
  },
  {
    what: 'lists and initial events may be older than requested',
    harm: 'a client that changes replicas goes back in time (I11)',
    edits: [
      {
        file: 'core/hub/attach.ts',
        from: "  if (atLeast !== undefined && isNewer(atLeast, resourceVersion)) return 'behind';\n",
        to: '',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'a question about the newest state shares a running LIST',
    harm: 'the LIST may predate the question, and the caller misses its own write (I12)',
    edits: [
      {
        file: 'core/hub/probes.ts',
        from: '    this.#next.push(told);\n    if (this.#sent === undefined) this.#begin();\n',
        to: '    if (this.#sent !== undefined) {\n      this.#sent.push(told);\n      return;\n    }\n    this.#next.push(told);\n    this.#begin();\n',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'a journal does not know that it lost its beginning',
    harm: 'a returning client misses the dropped entries (I13)',
    edits: [{ file: 'core/hub/journal.ts', from: '    this.#floor = first.resourceVersion;\n', to: '' }],
    caughtBy: FEEDS,
  },
  {
    what: 'a reader whose position was dropped continues with the rest',
    harm: 'a slow client misses events and is not told (I13)',
    edits: [
      {
        file: 'core/hub/reader.ts',
        from: '      this.#position < journal.start ||\n',
        to: '',
      },
      {
        file: 'core/hub/reader.ts',
        from: '    let bytes = this.#takeInitial(out, maxBytes);\n',
        to: '    let bytes = this.#takeInitial(out, maxBytes);\n    this.#position = Math.max(this.#position, journal.start);\n',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'readers outlive their epoch',
    harm: 'they receive nothing more and take that for silence (I14)',
    edits: [
      {
        file: 'core/hub/reader.ts',
        from: "    if (epoch.over !== undefined) return 'over';\n",
        to: '',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'an event without a known object is ignored',
    harm: 'all readers miss it (I14)',
    edits: [
      {
        file: 'core/hub/epoch.ts',
        from: "    else if (event === undefined || event.type === 'other') this.end('unclear');\n",
        to: "    else if (event === undefined || event.type === 'other') return;\n",
      },
      {
        file: 'core/hub/epoch.ts',
        from: "    else if (!this.#goesOn(event)) this.end(isDecimal(event.resourceVersion) ? 'history' : 'unclear');\n",
        to: '    else if (!this.#goesOn(event)) return;\n',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: "the end of upstream's history is ignored",
    harm: 'the feed waits forever (I14)',
    edits: [
      {
        file: 'core/hub/epoch.ts',
        from: "    if (event?.type === 'ERROR') this.end('expired');\n",
        to: "    if (event?.type === 'ERROR') return;\n",
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'an event older than the list enters the store',
    harm: 'a list shows an old state (I11)',
    edits: [{ file: 'core/hub/epoch.ts', from: '    if (!isNews) return;\n', to: '' }],
    caughtBy: FEEDS,
  },
  {
    what: 'readers that resume before the list count as holding its objects',
    harm: 'a change between their state and the list is swallowed (I2)',
    edits: [
      {
        file: 'core/hub/listing.ts',
        from: 'if (fingerprint === undefined || isNewer(resourceVersion, at)) continue;',
        to: 'if (fingerprint === undefined) continue;',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'a no-op does not reach the store',
    harm: 'a list differs from the state at its resourceVersion',
    edits: [
      {
        file: 'core/hub/epoch.ts',
        from: '      if (isNews) this.marks.swallowed(key, resourceVersion);\n',
        to: '      if (isNews) this.marks.swallowed(key, resourceVersion);\n      this.#advance(resourceVersion);\n      return;\n',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'a held frame is sent after a newer event',
    harm: 'an older state replaces a newer one',
    edits: [{ file: 'core/hub/epoch.ts', from: '      this.marks.survived();\n', to: '' }],
    caughtBy: FEEDS,
  },
  {
    what: 'a reader gets a bookmark beyond its position',
    harm: 'a client resumes from a state that it does not have (I4)',
    edits: [
      {
        file: 'core/hub/reader.ts',
        from: '    if (epoch.over !== undefined || this.isInitial || this.behind !== 0) return;\n',
        to: '    if (epoch.over !== undefined) return;\n',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'a watch ends without a last bookmark',
    harm: 'its client resumes from a resourceVersion that may have been dropped (I4)',
    edits: [
      {
        file: 'core/hub/reader.ts',
        from: '    if (last === undefined || !isNewer(last.resourceVersion, this.#sentAt)) return;\n',
        to: '    if (!this.isInitial) return;\n    if (last === undefined || !isNewer(last.resourceVersion, this.#sentAt)) return;\n',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'a watch of one object without bookmarks is accepted',
    harm: 'frames of other objects, which tell progress, do not reach it (I4)',
    edits: [
      {
        file: 'core/hub/reader.ts',
        from: "    return (kind === 'event' || !bookmarks) && (only === undefined || only === key);\n",
        to: "    return (kind === 'event' || !bookmarks) && (kind === 'held' || only === undefined || only === key);\n",
      },
      {
        file: 'core/hub/attach.ts',
        from: "  if (interest.key !== undefined && !interest.bookmarks) return 'unmarked';\n",
        to: '',
      },
    ],
    caughtBy: FEEDS,
  },
  {
    what: 'a heartbeat overwrites a state that a reader still needs',
    harm: 'initial events mix several moments, and contradict their bookmark (I11)',
    edits: [
      {
        file: 'core/hub/store.ts',
        from: '    if (before?.isLent === false && before.body.length === body.length) {\n',
        to: '    if (before?.body.length === body.length) {\n',
      },
    ],
    caughtBy: FEEDS,
  },
];
