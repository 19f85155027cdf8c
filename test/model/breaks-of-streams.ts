/** Deliberate breaks of what is written to a client: progress, and the bytes themselves. */
import { MODEL, type Break } from './break.ts';

const PROGRESS: readonly Break[] = [
  {
    what: 'swallowing, and so bookmarks, before the initial events are over',
    harm: 'a client resumes behind objects that it was never sent (R20)',
    edits: [{ file: 'core/sieve/sieve.ts', from: 'if (isEqual && !initial && ', to: 'if (isEqual && ' }],
    caughtBy: MODEL,
  },
  {
    what: 'the initial phase of a watch-list ended by any bookmark',
    harm: 'events before the true end are swallowed (R20)',
    edits: [
      {
        file: 'core/sieve/sieve.ts',
        from: "if (this.#phase !== 'until-bookmark' || event.endsInitialEvents) this.#phase = 'past';",
        to: "this.#phase = 'past';",
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'the held frame released after something newer, a DELETED',
    harm: 'the node comes back as a ghost (R18)',
    edits: [
      {
        file: 'serve/watch/frame-sieve.ts',
        from: "    this.#progress.forwarded();\n    return 'forward';",
        to: "    return 'forward';",
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'bookmarks for clients that did not ask',
    harm: 'old decoders break off, scripts take them for objects (R17)',
    edits: [
      {
        file: 'serve/watch/watch-stream.ts',
        from: 'client.bookmarks ? bookmarkOf(reading) : undefined',
        to: 'bookmarkOf(reading)',
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'a bookmark inside a frame over the limit that is passed on in parts',
    harm: 'the client cannot read on (I3)',
    edits: [
      {
        file: 'serve/watch/watch-stream.ts',
        from: '    if (this.#splitter.passedPartOfFrame) return;\n',
        to: '',
      },
      {
        file: 'serve/watch/frame-sieve.ts',
        from: "    this.#progress.forwarded();\n    this.#count('other', 'forwarded', 'oversize', 0);",
        to: "    this.#count('other', 'forwarded', 'oversize', 0);",
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'no progress told at the end of a stream',
    harm: 'the client resumes from long ago, or is told that it is too late (I4)',
    edits: [
      {
        file: 'serve/watch/watch-stream.ts',
        from: '      if (clean) {\n        this.#makeCurrent();\n',
        to: '      if (clean) {\n',
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'the timer of the lag not started again after something was forwarded',
    harm: 'what is swallowed next is told only at the end (I4)',
    edits: [
      {
        file: 'serve/watch/watch-stream.ts',
        from: '      if (dueAt <= now()) this.#makeCurrent();\n      this.#watchLag(now());',
        to: '      if (dueAt <= now()) this.#makeCurrent();',
      },
    ],
    caughtBy: MODEL,
  },
];

const BYTES: readonly Break[] = [
  {
    what: 'a kept slice of the chunk: pending bytes and the held frame not copied',
    harm: 'the client is sent what the next read left in that memory (I8)',
    edits: [
      {
        file: 'core/codec/frame-splitter.ts',
        from: '    const needed = this.length + end - start;\n',
        to: '    const needed = this.length + end - start;\n    if (this.length === 0) {\n      this.#bytes = source.subarray(start, end);\n      this.length = needed;\n      return;\n    }\n',
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'a frame that spans chunks passed on as a view of memory that is used again',
    harm: 'the next frame overwrites it before it is written (I8)',
    edits: [
      {
        file: 'core/codec/passed-bytes.ts',
        from: '      out.push(Buffer.from(raw.subarray(rawStart, rawEnd)));\n',
        to: '      out.push(raw.subarray(rawStart, rawEnd));\n',
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'half a frame passed on when upstream breaks off',
    harm: 'the client reads the next event into it, or fails (R9)',
    edits: [
      {
        file: 'serve/watch/frame-sieve.ts',
        from: "if (verdict === 'forward') out.push(",
        to: "if (verdict !== 'swallow') out.push(",
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'the length prefix not counted where a frame spans chunks',
    harm: 'framing is lost (R7)',
    edits: [
      {
        file: 'core/codec/protobuf/length-delimited.ts',
        from: 'return pending.length < PREFIX_BYTES + length ?',
        to: 'return pending.length < length ?',
      },
    ],
    caughtBy: MODEL,
  },
  {
    what: 'bytes of a response taken before its head',
    harm: 'Node may tell of them first: the first events of a watch are lost (I2)',
    edits: [
      {
        file: 'platform/upstream/h2-stream.ts',
        from: "    stream.on('data', (chunk: Buffer) => {\n      options.onReceived(chunk.length);\n      if (!delivery.data(chunk)) stream.pause();\n    });\n  });\n",
        to: "  });\n  stream.on('data', (chunk: Buffer) => {\n    options.onReceived(chunk.length);\n    if (!delivery.data(chunk)) stream.pause();\n  });\n",
      },
    ],
    caughtBy: 'platform/upstream/http2-order.test.ts',
  },
];

export const BREAKS_OF_STREAMS: readonly Break[] = [...PROGRESS, ...BYTES];
