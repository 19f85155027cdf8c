/** The combinations in which every fault is tried. */
import type { Variant } from './scene.ts';
import { HTTP_VERSIONS } from './table.ts';

export const VARIANTS: readonly Variant[] = HTTP_VERSIONS.flatMap((http) =>
  (['json', 'protobuf'] as const).map((encoding) => ({ http, encoding })),
);

export function variantName({ http, encoding }: Variant): string {
  return `${encoding}, HTTP/${http}`;
}
