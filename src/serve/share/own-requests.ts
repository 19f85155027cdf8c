/**
 * The requests of a feed to the API server, with the hub's own credentials and over connections that no caller's
 * request ever uses (I10).
 */
import type { Codec } from '../../core/codec/codec.ts';
import { isDecimal } from '../../core/hub/decimal.ts';
import { collectionPath, type Resource } from '../../core/resource/resource.ts';
import { jsonIn, textAt } from '../../platform/text/json-value.ts';
import type { Credentials } from '../../platform/upstream/credentials.ts';
import type { Exchange, ResponseHandler } from '../../platform/upstream/exchange.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import { LateExchange } from '../proxy/own-credentials.ts';
import { UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { jsonRequest, wholeAnswer } from '../../platform/upstream/whole-answer.ts';

export interface OwnRequestsOptions {
  /** Upstream with the hub's own certificate, if it has one. */
  readonly upstream: Pick<Upstream, 'send'>;
  readonly credentials: Credentials;
}

const METADATA_LIST = ';as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
/** The longest wait for the newest resourceVersion (milliseconds). */
const NEWEST_MS = 5000;
/** The bytes of one object's metadata. */
const MAX_NEWEST_BYTES = 4 * 1024 * 1024;

export class OwnRequests {
  readonly #options: OwnRequestsOptions;

  constructor(options: OwnRequestsOptions) {
    this.#options = options;
  }

  /** A LIST of the present state. */
  list(resource: Resource, { mediaType }: Codec, handler: ResponseHandler): Exchange {
    return this.#get(collectionPath(resource), mediaType, handler);
  }

  watch(
    resource: Resource,
    { mediaType }: Codec,
    {
      resourceVersion,
      timeoutSeconds,
    }: { readonly resourceVersion: string; readonly timeoutSeconds: number },
    handler: ResponseHandler,
  ): Exchange {
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion}&timeoutSeconds=${timeoutSeconds}`;
    return this.#get(`${collectionPath(resource)}?${query}`, mediaType, handler, true);
  }

  /** The names, uids and resourceVersions of all objects at exactly this resourceVersion. */
  identities(resource: Resource, { mediaType }: Codec, at: string, handler: ResponseHandler): Exchange {
    const query = `resourceVersion=${at}&resourceVersionMatch=Exact`;
    return this.#get(`${collectionPath(resource)}?${query}`, mediaType + METADATA_LIST, handler);
  }

  /** The resourceVersion of a LIST that is sent now (I12). Never rejects. @returns undefined without an answer */
  async newest(resource: Resource): Promise<string | undefined> {
    try {
      const { head, body } = await wholeAnswer(
        (handler) =>
          this.#get(`${collectionPath(resource)}?limit=1`, `application/json${METADATA_LIST}`, handler),
        { timeoutMs: NEWEST_MS, maxBytes: MAX_NEWEST_BYTES },
      );
      const answer = head.statusCode === 200 ? jsonIn(body) : undefined;
      const resourceVersion = textAt(answer, 'metadata', 'resourceVersion');
      return resourceVersion !== undefined && isDecimal(resourceVersion) ? resourceVersion : undefined;
    } catch {
      // The upstream's observers report the reason.
      return undefined;
    }
  }

  #get(target: string, accept: string, handler: ResponseHandler, isWatch = false): Exchange {
    const { upstream, credentials } = this.#options;
    const exchange = new LateExchange(null);
    const start = async (): Promise<void> => {
      try {
        const authorization = await credentials.authorization();
        const request = jsonRequest({
          ...{ method: 'GET', target, userAgent: 'watchsieve-hub', accept, authorization },
          body: undefined,
        });
        const heard: ResponseHandler = {
          onResponse: (head) => {
            // The kept credentials may have been revoked.
            if (head.statusCode === 401) credentials.rejected();
            handler.onResponse(head);
          },
          onData: (chunk) => handler.onData(chunk),
          onEnd: (trailers) => handler.onEnd(trailers),
          onError: (error) => handler.onError(error),
        };
        const headers = [...request.headers, 'Accept-Encoding', 'identity'];
        if (!exchange.isAborted) exchange.started(upstream.send({ ...request, headers, isWatch }, heard));
      } catch (cause) {
        if (!exchange.isAborted) handler.onError(new UpstreamError('headers', 'credentials', cause));
      }
    };
    void start();
    return exchange;
  }
}
