/** What those hand in who may make a Pod. */
import { LEADINGS } from '../../src/install/inject/leading.ts';
import { parseQuantity } from '../../src/install/inject/quantity.ts';
import { review } from '../../src/install/webhook/review.ts';
import { HUB } from '../install/inject/manifests.ts';
import { NO_RULES, OPTIONS, reviewOf, reviewOptions } from '../install/webhook/reviews.ts';
import type { Parser } from './parser.ts';

/** A speaker's Pod; some of what readers of Pods look at can be replaced. */
function pod({ image = ':v0.14.5', mountPath = '/a', text = 'a', annotations = {}, path = '/a' }): object {
  return {
    metadata: { name: text, labels: { app: text }, annotations },
    spec: {
      containers: [
        {
          name: 'speaker',
          image: `quay.io/metallb/speaker${image}`,
          command: [text, `--port=${text}`],
          env: [{ name: text, value: text }],
          volumeMounts: [{ name: 'a', mountPath }],
        },
      ],
      volumes: [{ name: 'a', hostPath: { path } }],
    },
  };
}

export const PARSERS_OF_PODS: readonly Parser[] = [
  {
    file: 'install/webhook/review.ts',
    name: 'Pods at admission',
    inputs: (worst) => [
      JSON.stringify(reviewOf(pod({ mountPath: `/${worst}` }))),
      JSON.stringify(reviewOf(pod({ image: `:${worst}` }))),
      JSON.stringify(reviewOf(pod({ path: `/etc/cni${worst}` }))),
      JSON.stringify(reviewOf(pod({ text: worst.slice(worst.length - Math.ceil(worst.length / 6)) }))),
      JSON.stringify(reviewOf(pod({ annotations: { 'watchsieve.dev/port': worst } }))),
      JSON.stringify(reviewOf(pod({}), { uid: worst })),
      `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","object":${worst}`,
    ],
    // Every Pod is chosen, or none would be looked at closely.
    parse: (text) =>
      [...LEADINGS.map((leading) => ({ leading })), { variant: 'hub-alone' as const, hub: HUB }].map((way) =>
        review(JSON.parse(text), reviewOptions({ ...OPTIONS, ...way, selector: () => true }), NO_RULES),
      ),
  },
  {
    file: 'install/inject/quantity.ts',
    name: 'amounts of Pods, LimitRanges and quotas',
    inputs: (worst) => [worst, `1${worst}`, `1.${worst}`, `1e${worst}`],
    parse: parseQuantity,
  },
  {
    file: 'install/webhook/policy/quotas.ts',
    name: 'quotas, whose resources and scopes may have any name',
    inputs: (worst) => [worst, `requests.${worst}`],
    parse: (text) => {
      const quotas = [{ spec: { scopes: [text] }, status: { hard: { [text]: '1' }, used: { [text]: '1' } } }];
      const body = reviewOf(pod({}));
      return review(body, reviewOptions({ ...OPTIONS, selector: () => true }), {
        policies: { limitRanges: [], quotas },
      });
    },
  },
];
