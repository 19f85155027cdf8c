/**
 * One encoding of watches and lists. The folders json and protobuf implement this interface, and `codecs.ts` chooses
 * one. A codec depends neither on the transport (a chunked body or messages) nor on the form of an object (whole or
 * metadata only).
 */
import type { EssenceReader } from './essence-reader.ts';
import type { EventValuesOf } from './event-values.ts';
import type { FrameSplitter } from './frame-splitter.ts';
import type { FieldsLegend } from './legend.ts';
import type { LeadingItem, ListItem, ListReader } from './list-reader.ts';
import type { EventScanner } from './watch-event.ts';
import type { Wrapping } from './wrapping.ts';
import type { FieldsPlan } from '../projection/plan.ts';
import type { Essence, Resource } from '../resource/resource.ts';

export interface Codec {
  /** The name in logs, metrics and keys. Fingerprints of two codecs are never compared. */
  readonly name: 'json' | 'protobuf';
  /** The media type that requests a LIST in this encoding. */
  readonly mediaType: string;
  /** True if the codec can read objects of this resource. Protobuf needs the whole schema. */
  reads(resource: Pick<Resource, 'isOpen'>): boolean;
  /** Cuts the body of a watch into frames. @param maxFrameBytes longer frames are passed on unread */
  splitter(maxFrameBytes: number): FrameSplitter;
  /** Reads events with objects of this resource, and takes the parts of each object that `plan` names. */
  scanner(resource: Resource, plan: FieldsPlan): EventScanner;
  /** Gathers the essence of each MODIFIED event; see essence.ts. */
  essence(resource: Resource, essence: Essence): EssenceReader;
  /**
   * Reads a list of this resource.
   * @param leading a function that reads the item at the start of the bytes and finds its end; only for encodings in
   *   which reading an item is the fastest way to find where it ends
   */
  list(resource: Resource, item: ListItem, leading?: LeadingItem): ListReader;
  /**
   * Writes a BOOKMARK event, byte for byte as kube-apiserver 1.34 and later writes it: its object has a
   * resourceVersion, and Go's zero values in all fields that Go always writes. A sidecar adds no other frames
   * to a stream (I3, R17).
   *
   * @param resourceVersion opaque, from an event that was already read on the same stream
   * @param endsInitialEvents true for the bookmark that ends the initial events
   */
  bookmark(resource: Resource, resourceVersion: string, endsInitialEvents?: boolean): Buffer;
  /**
   * The bytes around objects of this resource; undefined if an object may have different bytes in an event and in a
   * list.
   */
  wrapping(resource: Resource): Wrapping | undefined;
  /**
   * The names of the parts that the scanner writes for this plan.
   *
   * @throws Error if the plan does not fit the schema (a mistake in a preset)
   */
  legend(resource: Resource, plan: FieldsPlan): FieldsLegend;
  readonly values: EventValuesOf;
}
