/** Nodes have a table of their own, apart from the rest of their group, because every start loads it. */
import type { Resource } from './resource.ts';
import { messageIn } from './table.ts';
import { CORE_V1_NODE } from './tables/core-v1-node.ts';

export const NODES: Resource = {
  group: '',
  version: 'v1',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
  schema: messageIn(CORE_V1_NODE, 'Node'),
  layout: { behindMetadata: 'spec', longList: { of: 'status', name: 'images' } },
  essence: { condition: 'NetworkUnavailable' },
};

/** The resources that are sieved by default. */
export const SIEVED_BY_DEFAULT: readonly Resource[] = [NODES];
