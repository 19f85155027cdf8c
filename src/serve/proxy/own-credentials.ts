/**
 * `--credentials kubeconfig`: requests that carry the token of the kubeconfig we made go on with the credentials of the
 * upstream kubeconfig in its place; all others are refused. Owns that comparison and the exchange of headers.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Credentials } from '../../platform/upstream/credentials.ts';
import type { Exchange } from '../../platform/upstream/exchange.ts';
import { valuesOf } from './headers.ts';

export interface OwnCredentialsOptions {
  /** What clients have to show. */
  readonly token: string;
  readonly credentials: Credentials;
  /** Credentials could not be had; the client is told so too. */
  readonly onFailure: (error: unknown) => void;
}

export class OwnCredentials {
  readonly #options: OwnCredentialsOptions;
  readonly #digest: Buffer;

  constructor(options: OwnCredentialsOptions) {
    this.#options = options;
    this.#digest = digestOf(options.token);
  }

  /** Whether a request carries the token, in time that says nothing of where it differs. */
  admits(rawHeaders: readonly string[]): boolean {
    const [value, ...more] = valuesOf(rawHeaders, 'authorization');
    const token = /^Bearer (\S+) *$/i.exec(value ?? '')?.[1];
    // Digests have one length, whatever was sent.
    return token !== undefined && more.length === 0 && timingSafeEqual(digestOf(token), this.#digest);
  }

  /**
   * These headers with our credentials in place of the token. Without `X-Remote-*`: an API server believes those of whoever
   * shows a certificate of its front proxies, and that is what a kubeconfig may hold. @throws CredentialsError
   */
  async exchange(headers: readonly string[]): Promise<string[]> {
    const kept: string[] = [];
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const name = headers[at] ?? '';
      const key = name.toLowerCase();
      if (key !== 'authorization' && !key.startsWith('x-remote-')) kept.push(name, headers[at + 1] ?? '');
    }
    try {
      const own = await this.#options.credentials.authorization();
      if (own !== undefined) kept.push('Authorization', own);
      return kept;
    } catch (error) {
      this.#options.onFailure(error);
      throw error;
    }
  }

  /** Upstream's status for a request that went out with them. */
  answered(statusCode: number): void {
    if (statusCode === 401) this.#options.credentials.rejected();
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** A request that is still to be sent: may be aborted before, and its body is then let go of here. */
export class LateExchange implements Exchange {
  readonly #body: Readable | null;
  #running: Exchange | undefined;
  #isAborted = false;

  constructor(body: Readable | null) {
    this.#body = body;
  }

  get isAborted(): boolean {
    return this.#isAborted;
  }

  started(running: Exchange): void {
    this.#running = running;
  }

  abort(): void {
    this.#isAborted = true;
    if (this.#running === undefined) this.#body?.destroy();
    else this.#running.abort();
  }

  resume(): void {
    this.#running?.resume();
  }
}
