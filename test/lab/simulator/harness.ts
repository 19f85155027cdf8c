/** A simulator for tests, and a client that reads its watches frame by frame. */
import type { TestContext } from 'node:test';
import { Client } from 'undici';
import type { Dispatcher } from 'undici';
import {
  createCertificateAuthority,
  issueServingCertificate,
} from '../../../src/platform/identity/certificates.ts';
import { startSimulator } from '../../../src/lab/simulator/start-simulator.ts';
import type { Encoding } from '../../../src/lab/simulator/encoding.ts';
import type { Simulator, SimulatorOptions } from '../../../src/lab/simulator/start-simulator.ts';

const now = new Date();
const ca = await createCertificateAuthority({ now });
const tls = await issueServingCertificate(ca, { hosts: ['127.0.0.1'], now });

/** Trusting this is trusting every simulator of these tests. */
export const CA_PEM = ca.certPem;

export const ACCEPT: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/vnd.kubernetes.protobuf, */*',
};

/** A small simulator that is closed at the end of the test. */
export async function simulate(
  context: TestContext,
  options: Partial<SimulatorOptions> = {},
): Promise<Simulator> {
  const simulator = await startSimulator({ tls, nodes: 3, imagesPerNode: 2, ...options });
  context.after(() => simulator.close());
  return simulator;
}

/** A client of one HTTP version that is closed at the end of the test. */
export function connect(context: TestContext, simulator: Simulator, http: '1.1' | '2' = '2'): Client {
  const client = new Client(simulator.url, { connect: { ca: CA_PEM }, allowH2: http === '2' });
  context.after(() => client.destroy());
  return client;
}

export interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Buffer;
}

/** One request, read to its end. */
export async function fetchAll(
  client: Client,
  path: string,
  options: Partial<Dispatcher.RequestOptions> = {},
): Promise<Answer> {
  const response = await client.request({ method: 'GET', ...options, path });
  const body = Buffer.from(await response.body.arrayBuffer());
  return { status: response.statusCode, headers: response.headers, body };
}

/** A watch being read. */
export class TestWatch {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly #body: Dispatcher.ResponseData['body'];
  readonly #chunks: AsyncIterator<unknown, undefined>;
  readonly #encoding: Encoding;
  #unread: Buffer = Buffer.alloc(0);

  constructor(response: Dispatcher.ResponseData, encoding: Encoding) {
    this.status = response.statusCode;
    this.headers = response.headers;
    this.#body = response.body;
    this.#chunks = response.body[Symbol.asyncIterator]();
    this.#encoding = encoding;
  }

  /** The next `count` frames, framing included. @throws Error when the stream ends before. */
  async take(count: number): Promise<Buffer[]> {
    const frames: Buffer[] = [];
    while (frames.length < count) {
      const frame = this.#cutFrame();
      if (frame !== undefined) frames.push(frame);
      else if (!(await this.#read())) throw new Error(`the watch ended after ${frames.length} frames`);
    }
    return frames;
  }

  /** The next `count` events of a JSON watch, as `TYPE name resourceVersion`. */
  async takeNames(count: number): Promise<string[]> {
    return (await this.take(count)).map(describeJsonFrame);
  }

  /** Everything up to the end of the stream. */
  async takeAll(): Promise<Buffer[]> {
    while (await this.#read());
    const frames: Buffer[] = [];
    for (let frame = this.#cutFrame(); frame !== undefined; frame = this.#cutFrame()) frames.push(frame);
    if (this.#unread.length > 0) throw new Error(`${this.#unread.length} bytes are no whole frame`);
    return frames;
  }

  abort(): void {
    // An aborted body reports an error nobody waits for.
    this.#body.on('error', () => undefined).destroy();
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) return false;
    if (!Buffer.isBuffer(value)) throw new Error('a body chunk is no Buffer');
    this.#unread = Buffer.concat([this.#unread, value]);
    return true;
  }

  #cutFrame(): Buffer | undefined {
    const length = frameLength(this.#encoding, this.#unread);
    if (length === undefined || length > this.#unread.length) return undefined;
    const frame = this.#unread.subarray(0, length);
    this.#unread = this.#unread.subarray(length);
    return frame;
  }
}

/** Opens a watch; `query` begins with `watch=1` unless it says otherwise. */
export async function watch(
  client: Client,
  query = '',
  encoding: Encoding = 'json',
  path = '/api/v1/nodes',
): Promise<TestWatch> {
  const response = await client.request({
    method: 'GET',
    path: `${path}?watch=1${query === '' ? '' : `&${query}`}`,
    headers: { accept: ACCEPT[encoding] },
    bodyTimeout: 0,
  });
  return new TestWatch(response, encoding);
}

interface JsonEvent {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name?: string; readonly resourceVersion?: string };
    readonly message?: string;
  };
}

export function parseJsonFrame(frame: Buffer): JsonEvent {
  return JSON.parse(frame.toString()) as JsonEvent;
}

export function describeJsonFrame(frame: Buffer): string {
  const { type, object } = parseJsonFrame(frame);
  return `${type} ${object.metadata.name ?? object.message ?? '-'} ${object.metadata.resourceVersion ?? '-'}`;
}

function frameLength(encoding: Encoding, bytes: Buffer): number | undefined {
  if (encoding === 'protobuf') return bytes.length < 4 ? undefined : bytes.readUInt32BE(0) + 4;
  const end = bytes.indexOf(0x0a);
  return end < 0 ? undefined : end + 1;
}
