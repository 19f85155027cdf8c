/** Who watches what: constant for the life of a stream, shown in logs and debug output. */
export interface StreamScope {
  readonly id: number;
  /** Its name, see {@link nameOf}. */
  readonly resource: string;
  /** The client's User-Agent and address. */
  readonly client: string;
  readonly address: string;
  /** The one object named in the path, or empty. */
  readonly object: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** Where the client began to watch; empty where it named none. */
  readonly resourceVersion: string;
}
