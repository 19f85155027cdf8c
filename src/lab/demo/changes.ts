/** Follows each real change until it has arrived on both sides. Time is a parameter. */
import type { V1Node } from '@kubernetes/client-node';
import type { RealChange } from '../simulator/heartbeats.ts';
import type { ChangeView } from './view.ts';

/** A change that clients care about, made by the demo or recorded in a real cluster. */
export type DemoChange =
  RealChange | { readonly kind: 'recorded'; readonly node: string; readonly resourceVersion: string };

/** A client of the demo. */
export type Side = 'direct' | 'proxied';

interface TrackedChange {
  readonly number: number;
  readonly change: DemoChange;
  readonly madeAtMs: number;
  readonly arrivedAfterMs: { direct?: number; proxied?: number };
}

/** All real changes of a demo, in the order they were made. */
export class ChangeTracker {
  readonly #changes: TrackedChange[] = [];
  readonly #listeners: ((change: ChangeView) => void)[] = [];
  readonly #waiting: (() => void)[] = [];

  /** Calls `listener` once per change, when the second side has seen it. */
  onArrival(listener: (change: ChangeView) => void): void {
    this.#listeners.push(listener);
  }

  made(change: DemoChange, nowMs: number): void {
    this.#changes.push({
      number: this.#changes.length + 1,
      change,
      madeAtMs: nowMs,
      arrivedAfterMs: {},
    });
  }

  /** A client has received this state of a Node. */
  received(side: Side, node: V1Node, nowMs: number): void {
    for (const tracked of this.#changes) {
      const { arrivedAfterMs } = tracked;
      if (arrivedAfterMs[side] !== undefined || !isVisible(tracked.change, node)) continue;
      arrivedAfterMs[side] = nowMs - tracked.madeAtMs;
      if (!isComplete(tracked)) continue;
      for (const listener of this.#listeners) listener(viewOf(tracked));
      if (this.#isComplete()) for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  /** Resolves when every change, those made while it waits included, has arrived on both sides. */
  async allArrived(): Promise<void> {
    if (this.#isComplete()) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  views(): ChangeView[] {
    return this.#changes.map(viewOf);
  }

  #isComplete(): boolean {
    return this.#changes.every(isComplete);
  }
}

function isVisible(change: DemoChange, node: V1Node): boolean {
  if (node.metadata?.name !== change.node) return false;
  if (change.kind === 'recorded') return node.metadata.resourceVersion === change.resourceVersion;
  if (change.kind === 'label') return node.metadata.labels?.[change.key] === change.value;
  const condition = node.status?.conditions?.find(({ type }) => type === change.type);
  return condition?.status === change.status;
}

function isComplete({ arrivedAfterMs: { direct, proxied } }: TrackedChange): boolean {
  return direct !== undefined && proxied !== undefined;
}

function viewOf({ number, change, arrivedAfterMs: { direct, proxied } }: TrackedChange): ChangeView {
  const text = textOf(change);
  return { number, text, directMs: direct, proxiedMs: proxied };
}

function textOf(change: DemoChange): string {
  switch (change.kind) {
    case 'label':
      return `${change.node} label ${change.key}=${change.value}`;
    case 'condition':
      return `${change.node} ${change.type}=${change.status}`;
    case 'recorded':
      return `${change.node} at ${change.resourceVersion}`;
  }
}
