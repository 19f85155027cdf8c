/** The resources that can be sieved, and those that are. */
import { LEASES } from './lease.ts';
import { NODES } from './node.ts';
import { type Resource } from './resource.ts';

/** One row for each. */
export const RESOURCES: readonly Resource[] = [NODES, LEASES];

/** Those whose watches and lists are looked at. */
export const SIEVED: readonly Resource[] = [NODES];
