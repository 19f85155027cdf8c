/** A WatchStream without sockets: what it writes lies in memory, time stands still until told. */
import { EventEmitter } from 'node:events';
import { type ServerResponse } from 'node:http';
import { NODES } from '../../src/core/resource/node.ts';
import { Memos } from '../../src/core/sieve/memo.ts';
import { projectionOf } from '../../src/core/projection/presets.ts';
import { type EndCause } from '../../src/serve/telemetry/end-cause.ts';
import { EventTally } from '../../src/serve/telemetry/event-tally.ts';
import { WatchStream, type WatchStreamOptions } from '../../src/serve/watch/watch-stream.ts';
import { FakeTime } from './fake-time.ts';
import { codecOf } from './frame-sieves.ts';
import { type TestEncoding } from './sieving.ts';

/** The few parts of a ServerResponse that a stream uses. */
export class FakeResponse extends EventEmitter {
  readonly written: Buffer[] = [];
  at: 'open' | 'ended' | 'destroyed' = 'open';
  writableNeedDrain = false;
  writableLength = 0;

  setTimeout(): void {
    // A test lets the time pass by emitting 'timeout'.
  }

  write(bytes: Buffer, sent?: () => void): boolean {
    if (this.at !== 'open') throw new Error(`write after the response was ${this.at}`);
    this.written.push(Buffer.from(bytes));
    sent?.();
    return !this.writableNeedDrain;
  }
  end(): void {
    if (this.at !== 'open') throw new Error(`end after the response was ${this.at}`);
    this.at = 'ended';
    this.emit('finish');
  }
  destroy(): void {
    this.at = 'destroyed';
    this.emit('close');
  }
  get output(): Buffer {
    return Buffer.concat(this.written);
  }
}

export interface TestStream {
  readonly stream: WatchStream;
  readonly response: FakeResponse;
  readonly time: FakeTime;
  readonly causes: EndCause[];
  readonly releases: string[];
  /** Whether the request upstream was aborted. */
  readonly aborted: () => boolean;
}

export interface TestStreamOptions extends Partial<Omit<WatchStreamOptions, 'codec'>> {
  readonly encoding?: TestEncoding | 'opaque';
}

export function testStream({ encoding = 'json', ...options }: TestStreamOptions = {}): TestStream {
  const time = new FakeTime();
  const response = new FakeResponse();
  const causes: EndCause[] = [];
  const releases: string[] = [];
  let aborted = false;
  const stream = new WatchStream({
    scope: {
      id: 1,
      resource: 'nodes',
      client: 'test',
      address: '',
      object: '',
      labelSelector: '',
      fieldSelector: '',
      resourceVersion: '1',
    },
    codec: codecOf(encoding),
    resource: NODES,
    filter: { mode: 'filter', projection: projectionOf('metallb') },
    phase: 'past',
    resourceVersion: '1',
    snapshot: undefined,
    passAt: () => Infinity,
    memos: new Memos(64 * 1024),
    maxFrameBytes: 16 * 1024 * 1024,
    bookmarks: true,
    maxLagMs: 10_000,
    deadlineMs: 600_000,
    slowClientMs: 30_000,
    maxQueuedBytes: 17 * 1024 * 1024,
    response: response as unknown as ServerResponse,
    source: {
      abort: () => {
        aborted = true;
      },
      resume: () => undefined,
    },
    tally: new EventTally(),
    now: time.now,
    startTimer: time.startTimer,
    onRelease: (kind) => releases.push(kind),
    onLatency: () => undefined,
    onPastInitialEvents: () => undefined,
    onEnd: (_stream, cause) => causes.push(cause),
    ...options,
  });
  return { stream, response, time, causes, releases, aborted: () => aborted };
}
