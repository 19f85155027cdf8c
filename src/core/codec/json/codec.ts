/** `application/json`: one object per line in a watch. */
import type { Codec } from '../codec.ts';
import { planFor } from '../../projection/plan.ts';
import { jsonBookmark } from './bookmark.ts';
import { JsonEssence } from './essence.ts';
import { jsonLegend } from './legend.ts';
import { JsonLinesSplitter } from './lines.ts';
import { JsonListReader } from './list.ts';
import { JsonScanner } from './scanner.ts';
import { jsonValues } from './values.ts';
import { jsonWrapping } from './wrapping.ts';

export const JSON_CODEC: Codec = {
  name: 'json',
  mediaType: 'application/json',
  reads: () => true,
  splitter: (maxFrameBytes) => new JsonLinesSplitter(maxFrameBytes),
  scanner: (resource, plan) => new JsonScanner(resource, planFor(resource, plan)),
  essence: (resource, essence) => new JsonEssence(resource, essence),
  list: (resource, item, leading) => new JsonListReader(resource, item, leading),
  bookmark: jsonBookmark,
  // A custom resource is a map in Go, whose keys are sorted, while a wrapping has the order of Go's structs.
  wrapping: (resource) => (resource.isOpen === true ? undefined : jsonWrapping(resource)),
  legend: (resource, plan) => jsonLegend(resource, planFor(resource, plan)),
  values: jsonValues,
};
