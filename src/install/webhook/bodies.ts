/**
 * The bodies of calls while they arrive. All of them together are bounded: where there is no room for another piece, the
 * one that has been arriving for longest goes, and that is never the API server's, which sends a body at once. Those that
 * are whole are handed out one in each turn of the event loop, the smallest first: what is made of a large one takes a
 * tenth of a second, and health and the usual reviews must not wait for a row of them.
 */
import type { Readable } from 'node:stream';
import { ByteBudget } from '../../core/limits/byte-budget.ts';

export interface BodyLimits {
  readonly bytesEach: number;
  readonly bytesInAll: number;
}

/** A body that is not read: too large, or there was no room for it. */
export class BodyRefused extends Error {
  override readonly name = 'BodyRefused';
  readonly statusCode: 413 | 503;

  constructor(statusCode: 413 | 503) {
    super(statusCode === 413 ? 'the body is too large' : 'there is no room for the body');
    this.statusCode = statusCode;
  }
}

class Arriving {
  readonly pieces: Buffer[] = [];
  bytes = 0;
  readonly hand: (body: Buffer) => void;
  readonly refuse: (refused: BodyRefused) => void;

  constructor(hand: (body: Buffer) => void, refuse: (refused: BodyRefused) => void) {
    this.hand = hand;
    this.refuse = refuse;
  }
}

export class Bodies {
  readonly #limits: BodyLimits;
  readonly #budget: ByteBudget;
  /** In the order in which they began. */
  readonly #arriving = new Set<Arriving>();
  /** Of those, the ones that wait to be handed out. */
  readonly #whole = new Set<Arriving>();

  constructor(limits: BodyLimits) {
    this.#limits = limits;
    this.#budget = new ByteBudget(limits.bytesInAll);
  }

  /** The whole body. @throws BodyRefused, or the error with which the request broke off */
  async read(req: Readable): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const arriving = new Arriving(resolve, reject);
    const onData = (piece: Buffer): void => {
      this.#keep(arriving, piece);
    };
    const onEnd = (): void => {
      this.#queue(arriving);
    };
    this.#arriving.add(arriving);
    req.on('data', onData).once('end', onEnd).once('error', reject);
    try {
      return await promise;
    } finally {
      this.#letGo(arriving);
      req.off('data', onData).off('end', onEnd).off('error', reject);
    }
  }

  #queue(arriving: Arriving): void {
    if (!this.#arriving.has(arriving)) return;
    this.#whole.add(arriving);
    if (this.#whole.size === 1) this.#handOutSoon();
  }

  #handOutSoon(): void {
    setImmediate(() => {
      const smallest = this.#smallest();
      if (smallest === undefined) return;
      this.#whole.delete(smallest);
      if (this.#whole.size > 0) this.#handOutSoon();
      smallest.hand(Buffer.concat(smallest.pieces));
    });
  }

  #smallest(): Arriving | undefined {
    let smallest: Arriving | undefined;
    for (const whole of this.#whole)
      if (smallest === undefined || whole.bytes < smallest.bytes) smallest = whole;
    return smallest;
  }

  #keep(arriving: Arriving, piece: Buffer): void {
    if (!this.#arriving.has(arriving)) return;
    if (arriving.bytes + piece.length > this.#limits.bytesEach) {
      this.#refuse(arriving, new BodyRefused(413));
      return;
    }
    while (!this.#budget.take(piece.length)) {
      const [longest = arriving] = this.#arriving;
      this.#refuse(longest, new BodyRefused(503));
      if (longest === arriving) return;
    }
    arriving.bytes += piece.length;
    arriving.pieces.push(piece);
  }

  #refuse(arriving: Arriving, refused: BodyRefused): void {
    this.#letGo(arriving);
    arriving.refuse(refused);
  }

  #letGo(arriving: Arriving): void {
    if (!this.#arriving.delete(arriving)) return;
    this.#whole.delete(arriving);
    this.#budget.give(arriving.bytes);
    arriving.pieces.length = 0;
  }
}
