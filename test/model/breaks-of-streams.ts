/** Deliberate breaks of what is written to a client: progress, and the bytes themselves. */
import { MODEL, type Break } from './break.ts';

const PROGRESS: readonly Break[] = [
  {
    what: 'swallowing begins before the initial events end',
    harm: 'a client resumes after objects that it never received (R20)',
    edits: [{ file: 'core/sieve/sieve.ts', from: 'if (isEqual && !initial && ', to: 'if (isEqual && ' }],
    caughtBy: MODEL,
  },
  {
    what: 'any bookmark ends the initial phase of a watch-list',
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
    what: 'the held frame is released after a newer DELETED',
    harm: 'the deleted node returns (R18)',
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
    harm: 'old decoders fail, and scripts take bookmarks for objects (R17)',
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
    what: 'a bookmark inside an oversize frame that is passed on in parts',
    harm: 'the client can read nothing more (I3)',
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
    what: 'no progress is sent at the end of a stream',
    harm: 'the client resumes from an old resourceVersion, or gets 410 (I4)',
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
    what: 'the lag timer is not restarted after a forwarded event',
    harm: 'the next swallowed event is told only at the end of the stream (I4)',
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
    what: 'pending bytes and the held frame are not copied',
    harm: 'the client receives later content of the same memory (I8)',
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
    what: 'a frame that spans chunks is passed on as a view of reused memory',
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
    what: 'half a frame is passed on when upstream breaks off',
    harm: 'the client joins it with the next event, or fails (R9)',
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
    what: 'the length prefix is not counted in a frame that spans chunks',
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
    what: 'the body of a response is read before its head',
    harm: 'Node may report the body first, and the first events of a watch are lost (I2)',
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
