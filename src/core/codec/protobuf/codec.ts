/** `application/vnd.kubernetes.protobuf`: length-delimited frames in a watch. */
import type { Codec } from '../codec.ts';
import { planFor } from '../../projection/plan.ts';
import { protobufBookmark } from './bookmark.ts';
import { ProtobufEssence } from './essence.ts';
import { protobufLegend } from './legend.ts';
import { LengthDelimitedSplitter } from './length-delimited.ts';
import { ProtobufListReader } from './list.ts';
import { ProtobufScanner } from './scanner.ts';
import { protobufValues } from './values.ts';
import { protobufWrapping } from './wrapping.ts';

export const PROTOBUF_CODEC: Codec = {
  name: 'protobuf',
  mediaType: 'application/vnd.kubernetes.protobuf',
  reads: ({ isOpen }) => isOpen !== true,
  splitter: (maxFrameBytes) => new LengthDelimitedSplitter(maxFrameBytes),
  scanner: (resource, plan) => new ProtobufScanner(resource, planFor(resource, plan)),
  essence: (resource, essence) => new ProtobufEssence(resource, essence),
  list: (resource, item) => new ProtobufListReader(resource, item),
  bookmark: protobufBookmark,
  wrapping: protobufWrapping,
  legend: (resource, plan) => protobufLegend(resource, planFor(resource, plan)),
  values: protobufValues,
};
