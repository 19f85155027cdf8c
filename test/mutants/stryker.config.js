/**
 * Mutation testing of `core`. Every mutant that no test notices is code that no test needs.
 *
 * The tests are written for node:test, for which Stryker has no runner; test/mutants puts mocha in its place, which
 * Stryker runs in-process: a mutant costs what its tests cost, not the start of a process for each of their files.
 */

// Read by test/support/property-runs.ts: each property is tried on a few cases, the same ones for every mutant.
process.env.PROPERTY_RUNS ??= '0.04';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'mocha',
  plugins: ['@stryker-mutator/mocha-runner'],
  mochaOptions: {
    'no-config': true,
    'no-package': true,
    require: ['./test/mutants/setup.js'],
    // The cheapest first: the first test that fails is the last one that is run.
    spec: [
      'test/core/{limits,resource,projection}/*.test.ts',
      'test/core/codec/!(*.property|lists|splitters).test.ts',
      'test/core/codec/*/!(shortcuts).test.ts',
      'test/core/codec/lists.test.ts',
      'test/core/codec/splitters.test.ts',
      'test/core/sieve/!(*.property|fixtures|list-tap).test.ts',
      'test/serve/watch/doubt.test.ts',
      'test/core/sieve/list-tap.test.ts',
      'test/core/codec/json/shortcuts.test.ts',
      'test/core/sieve/*.property.test.ts',
    ],
  },
  mutate: ['src/core/**/*.ts'],
  ignorePatterns: ['/bench', '/dist', '/docs', '/manifests', '/reports', '/test/e2e'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 5_000,
  timeoutFactor: 1.5,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  thresholds: { high: 95, low: 90, break: 90 },
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
};
