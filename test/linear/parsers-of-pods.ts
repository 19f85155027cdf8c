/** What those hand in who may make a Pod. */
import { review } from '../../src/webhook/review.ts';
import { OPTIONS, reviewOf } from '../webhook/reviews.ts';
import { type Parser } from './parser.ts';

/** A speaker's Pod with a part of `text` wherever a reader of Pods looks at text. */
const podOf = (text: string): object => podWith(text.slice(text.length - Math.ceil(text.length / 8)));
const podWith = (worst: string): object => ({
  metadata: {
    name: worst,
    labels: { app: worst },
    annotations: { 'watchsieve.dev/port': worst, 'watchsieve.dev/preset': worst },
  },
  spec: {
    containers: [
      {
        name: 'speaker',
        image: `quay.io/metallb/speaker:${worst}`,
        command: [worst, `--kubeconfig${worst}`],
        env: [{ name: worst, value: worst }],
        volumeMounts: [{ name: 'a', mountPath: `/${worst}` }],
      },
    ],
  },
});

export const PARSERS_OF_PODS: readonly Parser[] = [
  {
    file: 'webhook/review.ts',
    name: 'Pods at admission',
    inputs: (worst) => [
      JSON.stringify(reviewOf(podOf(worst))),
      JSON.stringify(reviewOf(podOf('a'), { uid: worst, namespace: worst, operation: worst })),
      `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","object":${worst}`,
    ],
    parse: (text) => review(JSON.parse(text), OPTIONS),
  },
];
