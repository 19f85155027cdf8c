/** Loaded by mocha before the tests, under Stryker only. */
import { registerHooks } from 'node:module';
import fc from 'fast-check';

registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== 'node:test') return next(specifier, context);
    return { url: new URL('node-test.js', import.meta.url).href, shortCircuit: true };
  },
});

// The same cases for every mutant; and the first that fails is enough, the smallest is not wanted.
fc.configureGlobal({ seed: 1, endOnFailure: true });
