/** The resources with a handwritten row. built-in.ts finds every other resource of Kubernetes by name. */
import { LEASES } from './lease.ts';
import { NODES } from './node.ts';
import type { Resource } from './resource.ts';

export const RESOURCES: readonly Resource[] = [NODES, LEASES];
