/** Gathers the essences of frames in one encoding; see essence.ts. All properties are valid until the next `read`. */
export interface EssenceReader {
  /**
   * Gathers the essence of the frame `bytes[start, end)`, which includes its framing bytes.
   * @returns false if the frame does not have the layout of kube-apiserver
   */
  read(bytes: Buffer, start: number, end: number): boolean;
  /** Key of the object, see {@link objectKey}; never empty. */
  readonly key: string;
  /** metadata.resourceVersion, always digits: other frames are refused. */
  readonly resourceVersion: string;
  /** The essence is `bytes[0, length)`. */
  readonly bytes: Buffer;
  readonly length: number;
}
