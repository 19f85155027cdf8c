/**
 * Compares the objects of an epoch with those upstream at the same resourceVersion (I14). Comparisons run one at a
 * time: a new one replaces one without an answer, which might never come. A failed answer, or one for another
 * resourceVersion, has no result.
 */
import type { Codec } from '../../core/codec/codec.ts';
import type { Epoch } from '../../core/hub/epoch.ts';
import { Identities } from '../../core/hub/identities.ts';
import type { Resource } from '../../core/resource/resource.ts';
import type { OwnRequests } from './own-requests.ts';

export const COMPARING_RESULTS = ['same', 'differs', 'unknown'] as const;
export type ComparingResult = (typeof COMPARING_RESULTS)[number];

export interface ComparingOptions {
  readonly requests: OwnRequests;
  readonly resource: Resource;
  readonly codec: Codec;
  readonly onResult: (result: ComparingResult) => void;
}

export class Comparing {
  readonly #options: ComparingOptions;
  #stop: () => void = () => undefined;

  constructor(options: ComparingOptions) {
    this.#options = options;
  }

  /** @param told - called once, even if the comparison is given up */
  begin(epoch: Epoch, told: (result: ComparingResult) => void): void {
    this.stop();
    if (epoch.over !== undefined) return;
    const { requests, resource, codec, onResult } = this.#options;
    const identities = new Identities(epoch, codec, resource);
    let isAnswer = false;
    let isOver = false;
    const over = (isSame: boolean | undefined): void => {
      if (isOver) return;
      isOver = true;
      this.#stop = () => undefined;
      const result = isSame === undefined ? 'unknown' : isSame ? 'same' : 'differs';
      onResult(result);
      told(result);
    };
    const exchange = requests.identities(resource, codec, identities.resourceVersion, {
      onResponse: ({ statusCode }) => (isAnswer = statusCode === 200),
      onData: (chunk) => {
        if (isAnswer) identities.push(chunk);
        return true;
      },
      onEnd: () => over(isAnswer ? identities.finish() : undefined),
      onError: () => over(undefined),
    });
    this.#stop = () => {
      exchange.abort();
      over(undefined);
    };
  }

  /** Gives the comparison up; its caller is not called any more. */
  stop(): void {
    this.#stop();
  }
}
