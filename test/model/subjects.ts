/** All that the model is played with. */
import { MODEL_CUSTOM } from './model-custom.ts';
import { MODEL_ENDPOINT_SLICES } from './model-endpoint-slice.ts';
import { MODEL_LEASES } from './model-lease.ts';
import { MODEL_NODES } from './model-node.ts';
import { MODEL_METADATA } from './model-metadata.ts';
import type { Subject } from './model-object.ts';
import { MODEL_PODS } from './model-pod.ts';

export const SUBJECTS: readonly Subject[] = [
  MODEL_NODES,
  MODEL_LEASES,
  MODEL_PODS,
  MODEL_ENDPOINT_SLICES,
  MODEL_CUSTOM,
  MODEL_METADATA,
];
