/** Deliberate breaks of who may be answered from memory (I10). */
import type { Break } from './break.ts';

const GRANTS = 'serve/grants/grants.test.ts';
const CACHE = 'core/grant/grant-cache.test.ts';
const WATCH = 'core/grant/watch-grant.test.ts';

function forgottenInKey(what: string, from: string, to: string): Break {
  return {
    what: `the key of a grant forgets ${what}`,
    harm: 'a caller is let in by what another was allowed, or for something else (I10)',
    edits: [{ file: 'core/grant/grant-cache.ts', from, to }],
    caughtBy: CACHE,
  };
}

const KEY: readonly Break[] = [
  forgottenInKey('the credentials', '[credentials, place, [', '[place, ['),
  forgottenInKey('names', 'subresource, namespace, name];', 'subresource, namespace];'),
  forgottenInKey('selectors', ', [labelSelector, fieldSelector]])', '])'),
  forgottenInKey('verbs', '[verb, group, version, resource, ', '[group, version, resource, '),
];

const ANSWERS: readonly Break[] = [
  {
    what: 'whoever is not refused is let in',
    harm: 'an API server that is ill lets everybody read from memory (I10)',
    edits: [
      {
        file: 'serve/grants/review.ts',
        from: "return 'unanswered';\n  const { status }",
        to: "return 'allowed';\n  const { status }",
      },
    ],
    caughtBy: GRANTS,
  },
  {
    what: 'a refusal is cached like a grant',
    harm: 'a right that was just given is denied, or one that is denied is given (I10)',
    edits: [
      {
        file: 'serve/grants/grants.ts',
        from: "if (result === 'allowed') {",
        to: "if (result !== 'unanswered') {",
      },
    ],
    caughtBy: GRANTS,
  },
  {
    what: 'a grant lasts for ever',
    harm: 'rights that are taken away go on (I10)',
    edits: [
      {
        file: 'core/grant/grant-cache.ts',
        from: 'now - askedAt < this.#options.ttlMs ? askedAt',
        to: 'now >= askedAt ? askedAt',
      },
    ],
    caughtBy: CACHE,
  },
  {
    what: 'questions share an answer whoever asks',
    harm: 'the answer to one caller lets in another (I10)',
    edits: [
      {
        file: 'serve/grants/grants.ts',
        from: 'return (await (this.#known(key) ?? this.#askWithin(key, question))).grant;',
        to: 'return (await (this.#known(key) ?? this.#asking.values().next().value ?? this.#askWithin(key, question))).grant;',
      },
    ],
    caughtBy: GRANTS,
  },
  {
    what: 'questions may go by connections with a certificate of our own',
    harm: 'a caller without a token is taken for the hub (I10)',
    edits: [
      {
        file: 'serve/grants/grants.ts',
        from: 'if (options.upstream.hasOwnCredentials)',
        to: 'if (options.upstream.hasOwnCredentials && options.ttlMs === -1)',
      },
    ],
    caughtBy: GRANTS,
  },
];

const CALLERS: readonly Break[] = [
  {
    what: 'impersonation is asked about as the impersonator',
    harm: 'a caller is let in by rights that it does not use (I10)',
    edits: [
      {
        file: 'core/request/caller-credentials.ts',
        from: "if (name.startsWith('impersonate-')) return undefined;",
        to: '',
      },
    ],
    caughtBy: GRANTS,
  },
  {
    what: 'of two credentials the first counts',
    harm: 'the API server may take the other (I10)',
    edits: [
      {
        file: 'core/request/caller-credentials.ts',
        from: 'if (found.length > 0) return undefined;',
        to: 'if (found.length > 0) continue;',
      },
    ],
    caughtBy: GRANTS,
  },
  {
    what: 'a token among the protocols of a WebSocket is not seen',
    harm: 'a caller is asked about as somebody else (I10)',
    edits: [
      {
        file: 'core/request/caller-credentials.ts',
        from: "if (name === 'sec-websocket-protocol' && value.includes(TOKEN_PROTOCOL)) return undefined;",
        to: '',
      },
    ],
    caughtBy: GRANTS,
  },
  {
    what: 'a name in a field selector is not asked about',
    harm: 'who may read one object is asked about all, or the other way round (I10)',
    edits: [
      {
        file: 'core/request/request-attributes.ts',
        from: 'verb, name, labelSelector, fieldSelector };',
        to: "verb, name: '', labelSelector, fieldSelector };",
      },
    ],
    caughtBy: 'core/request/request-attributes.test.ts',
  },
];

const WATCHES: readonly Break[] = [
  {
    what: 'one caller may ask as many questions as there may be',
    harm: 'it sends everybody else to the API server (R27)',
    edits: [
      {
        file: 'serve/grants/grants.ts',
        from: '(this.#askedBy.get(caller) ?? 0) >= MAX_ASKED_BY_ONE ||',
        to: '',
      },
    ],
    caughtBy: GRANTS,
  },
  {
    what: 'a running watch is asked about once',
    harm: 'rights that are taken away later go on for as long as the watch (I10)',
    edits: [
      {
        file: 'serve/grants/grants.ts',
        from: "if (next.kind === 'ask') stop =",
        to: "if (next.kind === 'ask' && grant === 'unanswered') stop =",
      },
    ],
    caughtBy: GRANTS,
  },
  {
    what: 'a watch that nobody answers for is kept',
    harm: 'a caller keeps rights for as long as the API server is away (I10)',
    edits: [{ file: 'core/grant/watch-grant.ts', from: 'return leftMs > 0', to: 'return leftMs !== 0' }],
    caughtBy: WATCH,
  },
  {
    what: 'an unanswered question ends a watch',
    harm: 'each hiccup of the API server ends all watches at once (I15)',
    edits: [{ file: 'core/grant/watch-grant.ts', from: 'return leftMs > 0', to: 'return leftMs > KEPT_MS' }],
    caughtBy: WATCH,
  },
];

export const BREAKS_OF_GRANTS: readonly Break[] = [...KEY, ...ANSWERS, ...CALLERS, ...WATCHES];
