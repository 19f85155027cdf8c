/** The client and the objects of a stream, as logs and debug output show them. Constant for the life of the stream. */
export interface StreamScope {
  readonly id: number;
  /** The name of the resource, see {@link nameOf}. */
  readonly resource: string;
  /** Empty for all namespaces and for a cluster-scoped resource. */
  readonly namespace: string;
  /** The client's User-Agent and address. */
  readonly client: string;
  readonly address: string;
  /** The object named in the path; empty if there is none. */
  readonly object: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** The resourceVersion in the client's request; empty if it named none. */
  readonly resourceVersion: string;
}
