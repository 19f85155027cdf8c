/**
 * `--credentials kubeconfig`: a request must have the token of the kubeconfig that this program wrote; all other
 * requests are refused. The token is replaced by the credentials of the upstream kubeconfig.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Credentials } from '../../platform/upstream/credentials.ts';
import type { Exchange } from '../../platform/upstream/exchange.ts';
import { withoutFrontProxy } from '../../core/request/caller-credentials.ts';
import { without } from '../../core/request/fields.ts';
import { valuesOf } from './headers.ts';

export interface OwnCredentialsOptions {
  /** The token that clients must send. */
  readonly token: string;
  readonly credentials: Credentials;
  /** Called when the credentials cannot be obtained; the client gets an error too. */
  readonly onFailure: (error: unknown) => void;
}

export class OwnCredentials {
  readonly #options: OwnCredentialsOptions;
  readonly #digest: Buffer;

  constructor(options: OwnCredentialsOptions) {
    this.#options = options;
    this.#digest = digestOf(options.token);
  }

  /** True if a request has the token. The time of the comparison does not reveal where they differ. */
  admits(rawHeaders: readonly string[]): boolean {
    const [value, ...more] = valuesOf(rawHeaders, 'authorization');
    const token = /^Bearer (\S+) *$/i.exec(value ?? '')?.[1];
    // Digests have equal lengths, as timingSafeEqual requires.
    return token !== undefined && more.length === 0 && timingSafeEqual(digestOf(token), this.#digest);
  }

  /**
   * Replaces the token by the upstream credentials. `X-Remote-*` headers are dropped: an API server trusts them from a
   * front proxy's certificate, and a kubeconfig may contain such a certificate.
   * @throws CredentialsError
   */
  async exchange(headers: readonly string[]): Promise<string[]> {
    const kept = without(withoutFrontProxy(headers), (name) => name === 'authorization');
    try {
      const own = await this.#options.credentials.authorization();
      if (own !== undefined) kept.push('Authorization', own);
      return kept;
    } catch (error) {
      this.#options.onFailure(error);
      throw error;
    }
  }

  /** Reports upstream's status for a request with these credentials. */
  answered(statusCode: number): void {
    if (statusCode === 401) this.#options.credentials.rejected();
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** A request that will be sent later. If it is aborted before, its body is destroyed here. */
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
