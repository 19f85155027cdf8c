/** WebSocket frames by the encoder and the decoder of the package `ws`, which share nothing with the product's. */
import * as ws from 'ws';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

interface FrameOptions {
  readonly fin: boolean;
  readonly opcode: number;
  readonly mask: boolean;
  readonly rsv1: boolean;
  readonly readOnly: boolean;
}

/** Not among the package's types. */
const { Sender, Receiver } = ws as unknown as {
  readonly Sender: { frame(payload: Buffer, options: FrameOptions): Buffer[] };
  readonly Receiver: new (options: { isServer: boolean; allowSynchronousEvents: boolean }) => Writable;
};

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** One frame as a server sends it. */
export function serverFrame(
  opcode: number,
  payload: Buffer | string,
  { fin = true, mask = false } = {},
): Buffer {
  const frame = { fin, opcode, mask, rsv1: false, readOnly: true };
  return Buffer.concat(Sender.frame(Buffer.from(payload), frame));
}

/** A message, cut into fragments at these positions. */
export function serverMessage(opcode: number, payload: Buffer, cuts: readonly number[] = []): Buffer[] {
  const edges = [0, ...cuts, payload.length];
  return edges
    .slice(1)
    .map((end, i) =>
      serverFrame(i === 0 ? opcode : 0, payload.subarray(edges[i], end), { fin: i === edges.length - 2 }),
    );
}

export interface Heard {
  readonly messages: { readonly data: Buffer; readonly isBinary: boolean }[];
  readonly controls: string[];
  /** The status of the close. */
  closed: number | undefined;
  /** What broke the protocol. */
  error: string | undefined;
}

/** What a client hears of these bytes. */
export async function hear(bytes: Buffer): Promise<Heard> {
  const heard: Heard = { messages: [], controls: [], closed: undefined, error: undefined };
  const receiver = new Receiver({ isServer: false, allowSynchronousEvents: true });
  receiver.on('message', (data: Buffer, isBinary: boolean) => heard.messages.push({ data, isBinary }));
  receiver.on('ping', (data: Buffer) => heard.controls.push(`ping ${data.toString()}`));
  receiver.on('pong', (data: Buffer) => heard.controls.push(`pong ${data.toString()}`));
  receiver.on('conclude', (code: number) => (heard.closed = code));
  receiver.on('error', (error) => (heard.error = error.message));
  receiver.end(bytes);
  await Promise.race([
    once(receiver, 'finish'),
    once(receiver, 'error').catch(() => undefined),
    once(receiver, 'close'),
  ]).catch(() => undefined);
  return heard;
}
