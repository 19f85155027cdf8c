/**
 * Holds the bodies of calls from their head until they are answered, within one bound for all of them. A body takes the
 * room of its Content-Length before any of it is read. If there is no room, the body that has been arriving for longest
 * is refused; that is never one of the API server, which sends a body at once. Each turn of the event loop works on one
 * complete body, the smallest first: a large one takes a tenth of a second, and health checks and ordinary reviews must
 * not wait for a row of them.
 */
import type { Readable } from 'node:stream';
import { ByteBudget } from '../../core/limits/byte-budget.ts';

export interface BodyLimits {
  readonly bytesEach: number;
  readonly bytesInAll: number;
}

/** The body is not read because it is too large or there is no room for it. */
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
  /** Bytes drawn from the budget: the announced length, or what has arrived if that is more. */
  drawn = 0;
  readonly refuse: (refused: BodyRefused) => void;
  /** Called when its turn has come. */
  go: () => void;

  constructor(go: () => void, refuse: (refused: BodyRefused) => void) {
    this.go = go;
    this.refuse = refuse;
  }
}

/** Waits for another turn to work on the same body. */
export type NextTurn = () => Promise<void>;

export class Bodies {
  readonly #limits: BodyLimits;
  readonly #budget: ByteBudget;
  /** Oldest first. */
  readonly #arriving = new Set<Body>();
  readonly #waiting = new Set<Body>();

  constructor(limits: BodyLimits) {
    this.#limits = limits;
    this.#budget = new ByteBudget(limits.bytesInAll);
  }

  /**
   * Reads the whole body and returns the result of `work`. The body counts towards the budget until then, so while
   * `work` waits for something else it should keep these bytes and not what it parsed from them.
   * @param announced - the Content-Length, or 0
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

  /** @returns false if `body` was refused */
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
