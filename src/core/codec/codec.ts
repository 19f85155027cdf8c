/**
 * One encoding of watches and lists. Each folder beside this file implements it, and `codecs.ts` chooses. How bytes come
 * (a chunked body, messages) and which form an object has in them (whole, metadata only) are no matters of a codec.
 */
import { type EssenceReader } from './essence-reader.ts';
import { type EventValuesOf } from './event-values.ts';
import { type FrameJudge, type FrameSplitter } from './frame-splitter.ts';
import { type FieldsLegend } from './legend.ts';
import { type ListItem, type ListReader } from './list-reader.ts';
import { type EventScanner } from './watch-event.ts';
import { type FieldsPlan } from '../projection/plan.ts';
import { type Essence, type Resource } from '../resource/resource.ts';

export interface Codec {
  /** As it is shown and kept apart: fingerprints of two codecs are never compared. */
  readonly name: 'json' | 'protobuf';
  /** What a LIST in it is asked for with. */
  readonly mediaType: string;
  /** Whether it can read objects of this resource, as far as is known of them. */
  reads(resource: Pick<Resource, 'isOpen'>): boolean;
  /** Cuts the body of a watch into frames. @param maxFrameBytes frames longer than this pass unseen */
  splitter(judge: FrameJudge, maxFrameBytes: number): FrameSplitter;
  /** Reads an event, and takes what `plan` names of objects of this resource. */
  scanner(resource: Resource, plan: FieldsPlan): EventScanner;
  /** Gathers the essence of a MODIFIED event; see essence.ts. */
  essence(resource: Resource, essence: Essence): EssenceReader;
  /** Reads a list of this resource. */
  list(resource: Resource, item: ListItem): ListReader;
  /**
   * A BOOKMARK, byte for byte as kube-apiserver 1.34 and later writes it: an empty object with only a resourceVersion, and
   * what Go writes for zero values. The one thing this program ever adds to a stream (I3, R17).
   *
   * @param resourceVersion opaque; that of an event already read on the stream this bookmark is for
   */
  bookmark(resource: Resource, resourceVersion: string): Buffer;
  /**
   * What the parts are called that its scanner writes for this plan.
   *
   * @throws Error for a plan that the schema does not fit (a mistake in a preset)
   */
  legend(resource: Resource, plan: FieldsPlan): FieldsLegend;
  /** Reads events as plain values. */
  readonly values: EventValuesOf;
}
