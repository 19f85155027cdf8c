/** The webhook adds to a Pod exactly what `watchsieve inject` adds to the Pod template it is made from (R44). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { type Variant, VARIANTS } from '../../../src/install/inject/hub-alone.ts';
import { review } from '../../../src/install/webhook/review.ts';
import { manifestOf, workload } from '../inject/arbitrary-workload.ts';
import { DEFAULTS, FRR_K8S, HUB, inject, JSON_LIST, SPEAKER } from '../inject/manifests.ts';
import { listAt, valueAt } from '../../support/json-value.ts';
import { NO_RULES, OPTIONS, patched, podFrom, reviewOf, reviewOptions } from './reviews.ts';
import { runs } from '../../support/property-runs.ts';

/** Annotations, labels and spec: all that is of the template. */
function templatePart(object: unknown): unknown {
  return {
    annotations: valueAt(object, 'metadata', 'annotations'),
    labels: valueAt(object, 'metadata', 'labels'),
    spec: valueAt(object, 'spec'),
  };
}

function templatesIn(text: string): readonly unknown[] {
  const document: unknown = parse(text);
  const items = valueAt(document, 'kind') === 'List' ? listAt(document, 'items') : [document];
  return items.map((item) => valueAt(item, 'spec', 'template'));
}

describe('clients that are known', () => {
  for (const [name, manifest] of Object.entries({ SPEAKER, FRR_K8S, JSON_LIST }))
    for (const variant of VARIANTS)
      test(`${name}, ${variant}: field for field what inject makes of the template (R44)`, () => {
        const injected = templatesIn(inject(manifest, { ...DEFAULTS, variant, hub: HUB }).text);
        assert.ok(injected.length > 0);
        for (const [index, template] of templatesIn(manifest).entries()) {
          const pod = podFrom(template);
          const reviewed = review(reviewOf(pod), reviewOptions({ ...OPTIONS, variant, hub: HUB }), NO_RULES);
          assert.equal(reviewed.result, 'injected');
          assert.deepEqual(templatePart(patched(pod, reviewed.answer)), templatePart(injected[index]));
        }
      });
});

for (const kind of ['DaemonSet', 'Deployment', 'StatefulSet'] as const)
  test(`any ${kind}: field for field what inject makes of the template, and a second call changes nothing (R44)`, () => {
    fc.assert(
      fc.property(
        workload,
        fc.constantFrom<Variant>(...VARIANTS),
        fc.constantFrom('metallb', 'labels'),
        (parts, variant, preset) => {
          const given = { ...parts, kind };
          const manifest: unknown = JSON.parse(JSON.stringify(manifestOf(given)));
          const wishes = { variant, preset, container: 'client', hub: HUB };
          const choice = { names: ['w'], selector: undefined };
          const injected = inject(JSON.stringify(manifest), { ...DEFAULTS, ...wishes, choice });
          assert.deepEqual(injected.problems, []);
          const pod = podFrom(valueAt(manifest, 'spec', 'template'), kind);
          const options = { ...OPTIONS, ...wishes, selector: () => true };
          const reviewed = review(reviewOf(pod), reviewOptions(options), NO_RULES);
          assert.equal(reviewed.result, 'injected');
          const result = patched(pod, reviewed.answer);
          assert.deepEqual(
            templatePart(result),
            templatePart(valueAt(parse(injected.text), 'spec', 'template')),
          );
          const again = review(reviewOf(result), reviewOptions(options), NO_RULES);
          assert.equal(again.result, 'unchanged');
          assert.equal(patched(result, again.answer), result);
        },
      ),
      runs(34),
    );
  });
