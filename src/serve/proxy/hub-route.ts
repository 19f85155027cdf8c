/**
 * The interface between forwarding and a hub, to which requests go first if there is one. It has only types, so that
 * this folder does not depend on hubs.
 */
import type { Exchange, ResponseHandler, UpstreamRequest } from '../../platform/upstream/exchange.ts';
import type { Classified } from './classify.ts';
import type { SharedChunks } from './shared-chunks.ts';

export interface RoutedRequest {
  readonly classified: Classified;
  readonly request: UpstreamRequest;
  readonly handler: ResponseHandler;
  /** The preset in the client's server path; empty if there is none. */
  readonly preset: string;
  /**
   * Tells the handler that all further bytes have been filtered already and are to be forwarded unchanged. Other
   * responses get the same bytes, so they are written by this writer.
   */
  readonly passAsItIs: (writer: SharedChunks) => void;
  /** Sends the request to the API server; called at most once. */
  readonly direct: () => Exchange;
}

export type HubRoute = (routed: RoutedRequest) => Exchange;
