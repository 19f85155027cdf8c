/**
 * The bodies of calls, from their head until they are answered. All of them together are bounded: one has the room that its
 * Content-Length asks for before any of it is read, and where there is none, the one that has been arriving for longest
 * goes; that is never the API server's, which sends a body at once. Those that are whole are worked on one in each turn of the event loop, the smallest first: what is made
 * of a large one takes a tenth of a second, and health and the usual reviews must not wait for a row of them.
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

class Body {
  readonly pieces: Buffer[] = [];
  bytes = 0;
  /** What it has drawn: what was announced, or more where that was nothing. */
  drawn = 0;
  readonly refuse: (refused: BodyRefused) => void;
  /** Its turn has come. */
  go: () => void;

  constructor(go: () => void, refuse: (refused: BodyRefused) => void) {
    this.go = go;
    this.refuse = refuse;
  }
}

/** Waits for another turn, to work on the same body again. */
export type NextTurn = () => Promise<void>;

export class Bodies {
  readonly #limits: BodyLimits;
  readonly #budget: ByteBudget;
  /** In the order in which they began. */
  readonly #arriving = new Set<Body>();
  /** Those that wait for their turn. */
  readonly #waiting = new Set<Body>();

  constructor(limits: BodyLimits) {
    this.#limits = limits;
    this.#budget = new ByteBudget(limits.bytesInAll);
  }

  /**
   * What `work` makes of the whole body, which counts until then: what work keeps while it waits for others should be
   * these bytes, not what it made of them.
   * @param announced - its length, where that was said
   * @throws BodyRefused, the error with which the request broke off, or that of `work`
   */
  async use<T>(
    req: Readable,
    work: (bytes: Buffer, nextTurn: NextTurn) => Promise<T>,
    announced = 0,
  ): Promise<T> {
    if (announced > this.#limits.bytesEach) throw new BodyRefused(413);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const body = new Body(() => resolve(undefined), reject);
    const onData = (piece: Buffer): void => this.#keep(body, piece);
    const onEnd = (): void => {
      if (this.#arriving.has(body)) this.#queue(body);
    };
    this.#arriving.add(body);
    this.#draw(body, announced);
    req.on('data', onData).once('end', onEnd).once('error', reject);
    try {
      await promise;
      this.#arriving.delete(body);
      const bytes = Buffer.concat(body.pieces);
      body.pieces.length = 0;
      return await work(bytes, () => this.#turnOf(body));
    } finally {
      this.#letGo(body);
      req.off('data', onData).off('end', onEnd).off('error', reject);
    }
  }

  #turnOf(body: Body): Promise<void> {
    return new Promise((resolve) => {
      body.go = resolve;
      this.#queue(body);
    });
  }

  #queue(body: Body): void {
    this.#waiting.add(body);
    if (this.#waiting.size === 1) this.#goOnSoon();
  }

  #goOnSoon(): void {
    setImmediate(() => {
      const smallest = this.#smallest();
      if (smallest === undefined) return;
      this.#waiting.delete(smallest);
      if (this.#waiting.size > 0) this.#goOnSoon();
      smallest.go();
    });
  }

  #smallest(): Body | undefined {
    let smallest: Body | undefined;
    for (const waiting of this.#waiting)
      if (smallest === undefined || waiting.bytes < smallest.bytes) smallest = waiting;
    return smallest;
  }

  #keep(body: Body, piece: Buffer): void {
    if (!this.#arriving.has(body)) return;
    if (body.bytes + piece.length > this.#limits.bytesEach) {
      this.#refuse(body, new BodyRefused(413));
      return;
    }
    if (!this.#draw(body, body.bytes + piece.length)) return;
    body.bytes += piece.length;
    body.pieces.push(piece);
  }

  /** @returns false where it was refused */
  #draw(body: Body, bytes: number): boolean {
    const more = bytes - body.drawn;
    if (more <= 0) return true;
    while (!this.#budget.take(more)) {
      const [longest = body] = this.#arriving;
      this.#refuse(longest, new BodyRefused(503));
      if (longest === body) return false;
    }
    body.drawn = bytes;
    return true;
  }

  #refuse(body: Body, refused: BodyRefused): void {
    this.#letGo(body);
    body.refuse(refused);
  }

  #letGo(body: Body): void {
    this.#arriving.delete(body);
    this.#waiting.delete(body);
    this.#budget.give(body.drawn);
    body.bytes = 0;
    body.drawn = 0;
    body.pieces.length = 0;
  }
}
