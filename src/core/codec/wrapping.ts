/**
 * The bytes around an object in a watch event and in a list. The bytes of the object itself, the *body*, are the same
 * in both. Therefore a body is sliced from one and put into the other, and no object is encoded again.
 */
export interface Wrapping {
  /**
   * Finds the body in the frame `bytes[start, end)`, which includes its framing bytes.
   * @returns the body, borrowed; undefined if the frame does not have the layout of kube-apiserver
   */
  bodyInFrame(bytes: Buffer, start: number, end: number): Buffer | undefined;
  /** Finds the body in the list item `bytes[start, end)`. @returns as {@link bodyInFrame} */
  bodyInItem(bytes: Buffer, start: number, end: number): Buffer | undefined;
  /**
   * Writes an event with this body into a new buffer, framing bytes included. For one type, the bytes around a
   * body depend only on its length.
   */
  frame(type: 'ADDED' | 'MODIFIED', body: Buffer): Buffer;
  /** Writes a whole list as pieces. The bodies are pieces themselves and not copied. */
  list(resourceVersion: string, bodies: readonly Buffer[]): Buffer[];
}
