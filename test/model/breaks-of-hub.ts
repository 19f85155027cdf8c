/** Deliberate breaks of the hub: its order, its positions, what it promises of states, and where its readers end. */
import { type Break, FEEDS, WHOLE_HUBS } from './break.ts';

export const BREAKS_OF_HUB: readonly Break[] = [
  {
    what: 'resourceVersions are ordered as text',
    harm: 'a client is told that it has what it lacks, whenever numbers grow by a digit (I11)',
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
    harm: 'large ones are equal to their neighbours, and what lies between is lost (I11)',
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
    what: 'a watch goes on at the event that its client has',
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
    what: 'a client may name a state that the feed has not come to',
    harm: 'a hub that is behind, or of another history, leaves it without news for as long as it is (I11)',
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
    what: 'a list and initial events may be older than what is asked for',
    harm: 'a client that moves from one replica to another goes back in time (I11)',
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
    what: 'whoever asks how new the newest state is gets the answer that is under way',
    harm: 'it may have been given before the question: a write that its author knows of is not in the list (I12)',
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
    what: 'a journal that has lost its beginning does not know',
    harm: 'a client that comes back after a long time misses what has fallen out (I13)',
    edits: [{ file: 'core/hub/journal.ts', from: '    this.#floor = first.resourceVersion;\n', to: '' }],
    caughtBy: FEEDS,
  },
  {
    what: 'a reader whose place has fallen out goes on with what is left',
    harm: 'a slow client misses events and never hears of it (I13)',
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
    harm: 'they hear nothing more, and believe that nothing happens (I14)',
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
    what: 'an event of which it is not known what it is about is passed over',
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
    what: 'what upstream says at the end of its history is passed over',
    harm: 'the feed waits for ever for events that will not come (I14)',
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
    what: 'an event from before the list is put into the store',
    harm: 'a list shows an object as it was before (I11)',
    edits: [{ file: 'core/hub/epoch.ts', from: '    if (!isNews) return;\n', to: '' }],
    caughtBy: FEEDS,
  },
  {
    what: 'all that the list had is taken for what readers of an earlier time hold',
    harm: 'a change between their time and the list is swallowed (I2)',
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
    harm: 'a list at a resourceVersion is not what there was at that one',
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
    what: 'a swallowed frame is sent after a newer event has survived',
    harm: 'events come out of order, and an older state replaces a newer one',
    edits: [{ file: 'core/hub/epoch.ts', from: '      this.marks.survived();\n', to: '' }],
    caughtBy: FEEDS,
  },
  {
    what: 'bookmarks are sent to who is not that far',
    harm: 'a client goes on from a state that it does not have (I4)',
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
    harm: 'its client comes back from a resourceVersion that may have fallen out (I4)',
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
    what: 'an object without bookmarks is watched alone',
    harm: 'frames of other objects, which tell how far it is, are not for it (I4)',
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
    what: 'a heartbeat is written over a state that a reader is still sent',
    harm: 'initial events are of different times, and a client has what its bookmark does not say (I11)',
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
