/**
 * The interface between forwarding and a hub, to which requests go first if there is one. It has only types, so that
 * this folder does not depend on hubs.
 */
import type { Exchange, ResponseHandler, UpstreamRequest } from '../../platform/upstream/exchange.ts';
import type { Classified } from './classify.ts';

export interface RoutedRequest {
  readonly classified: Classified;
  readonly request: UpstreamRequest;
  readonly handler: ResponseHandler;
  /** The preset in the client's server path; empty if there is none. */
  readonly preset: string;
  /** Tells the handler that all further bytes have been filtered already and are to be forwarded unchanged. */
  readonly passAsItIs: () => void;
  /** Sends the request to the API server; called at most once. */
  readonly direct: () => Exchange;
}

export type HubRoute = (routed: RoutedRequest) => Exchange;
