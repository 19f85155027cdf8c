/**
 * Lets the heap of a hub grow to three times what is in use before V8 collects all of it. By itself V8 collects after
 * some 9 MB, since little garbage comes: among heartbeats every three seconds, and each time it marks what all readers'
 * connections consist of, so that a heartbeat would cost more the more readers there are. A sidecar has no such heap.
 */
import { setFlagsFromString } from 'node:v8';

/** In percent of what is in use after a full collection. V8 reads it at the end of each (src/heap/heap-controller.cc). */
const GROWTH = 200;

export function growHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
