/** What gathers the essence of frames of one encoding; see essence.ts for what an essence is. */
/** Reads frames of one encoding; what it found is valid until the next call. */
export interface EssenceReader {
  /** Gathers from the frame in `bytes[start, end)`, framing bytes included. @returns false: not of the one layout */
  read(bytes: Buffer, start: number, end: number): boolean;
  /** Which object it is, see {@link objectKey}; never empty. */
  readonly key: string;
  /** metadata.resourceVersion; digits, or the frame is refused. */
  readonly resourceVersion: string;
  /** What was gathered is `bytes[0, length)`. */
  readonly bytes: Buffer;
  readonly length: number;
}
