/** Deliberate breaks of who may be answered from memory (I10). */
import type { Break } from './break.ts';

const GRANTS = 'serve/grants/grants.test.ts';
const TURNS = 'serve/grants/turns.test.ts';
const CACHE = 'core/grant/grant-cache.test.ts';
const WATCH = 'core/grant/watch-grant.test.ts';

function forgottenInKey(what: string, from: string, to: string): Break {
  return {
    what: `the key of a grant lacks ${what}`,
    harm: 'a caller uses the grant of another, or one for something else (I10)',
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
    what: 'everyone who is not refused is allowed',
    harm: 'if the API server is ill, everyone may read from memory (I10)',
    edits: [
      {
        file: 'serve/grants/review.ts',
        from: "return 'unanswered';\n  return allowed",
        to: "return 'allowed';\n  return allowed",
      },
    ],
    caughtBy: GRANTS,
  },
  {
    what: 'a refusal is cached like a grant',
    harm: 'a new right is denied, or a denied one granted (I10)',
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
    what: 'a grant never expires',
    harm: 'revoked rights continue (I10)',
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
    what: 'all callers share the answer to a question',
    harm: 'the grant of one caller lets in another (I10)',
    edits: [
      {
        file: 'serve/grants/grants.ts',
        from: 'const underWay = this.#asking.get(key);',
        to: 'const underWay = this.#asking.values().next().value;',
      },
    ],
    caughtBy: GRANTS,
  },
  {
    what: 'waiting questions share an answer across callers',
    harm: 'a caller is let in by what another caller was allowed (I10)',
    edits: [
      {
        file: 'serve/grants/grants.ts',
        from: 'const waiting = this.#waiting.get(key);',
        to: 'const waiting = this.#waiting.values().next().value;',
      },
    ],
    caughtBy: TURNS,
  },
  {
    what: 'questions use connections with a certificate of our own',
    harm: 'a caller without a token counts as the hub (I10)',
    edits: [
      {
        file: 'serve/grants/grants.ts',
        from: 'if (options.upstream.hasOwnCredentials)',
        to: 'if (options.upstream.hasOwnCredentials && TTL_MS < 0)',
      },
    ],
    caughtBy: GRANTS,
  },
];

const CALLERS: readonly Break[] = [
  {
    what: 'a review names the impersonator',
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
    harm: 'the API server may use the other (I10)',
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
    what: 'a token among WebSocket protocols is not seen',
    harm: 'a caller is reviewed as another user (I10)',
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
    what: 'a review ignores the name in a field selector',
    harm: 'a caller that may read one object is reviewed for all, or the reverse (I10)',
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
    what: 'one caller may ask all questions that are allowed at once',
    harm: 'all others are sent to the API server (R27)',
    edits: [
      {
        file: 'serve/grants/grants.ts',
        from: 'if ((this.#askedBy.get(caller) ?? 0) >= MAX_ASKED_BY_ONE) return Promise.resolve(this.#busy());',
        to: '',
      },
    ],
    caughtBy: GRANTS,
  },
  {
    what: 'a running watch is reviewed only once',
    harm: 'rights revoked later last as long as the watch (I10)',
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
    what: 'a watch whose reviews are unanswered is kept',
    harm: 'a caller keeps its rights as long as the API server is away (I10)',
    edits: [{ file: 'core/grant/watch-grant.ts', from: 'return leftMs > 0', to: 'return leftMs !== 0' }],
    caughtBy: WATCH,
  },
  {
    what: 'an unanswered review ends a watch',
    harm: 'each hiccup of the API server ends all watches (I15)',
    edits: [{ file: 'core/grant/watch-grant.ts', from: 'return leftMs > 0', to: 'return leftMs > KEPT_MS' }],
    caughtBy: WATCH,
  },
];

const LINE = 'serve/grants/line.ts';
const TURN: readonly Break[] = [
  {
    what: 'a hub does not let questions wait for their turn',
    harm: 'sidecars that start at once list at the API server, which the hub should spare (I15)',
    edits: [{ file: 'serve/share/hub-answer.ts', from: ', waitMs * TURN_SHARE)', to: ', TURN_SHARE * 0)' }],
    caughtBy: 'serve/share/hub.test.ts',
  },
  {
    what: 'slow answers do not reduce how many questions are asked at once',
    harm: 'a slow API server answers all questions too late (I15)',
    edits: [{ file: LINE, from: 'tookMs <= allowedMs ? 1 : -1', to: 'allowedMs > 0 ? 1 : -1' }],
    caughtBy: 'serve/grants/line.test.ts',
  },
  {
    what: 'an API server that is far away counts as one with too much to do',
    harm: 'it is asked less and less, and sidecars list there (I15)',
    edits: [{ file: LINE, from: 'Math.max(SOON_MS, this.#fastestMs * SLOWER)', to: 'SOON_MS' }],
    caughtBy: 'serve/grants/line.test.ts',
  },
  {
    what: 'an answer does not start the next waiting question',
    harm: 'waiting requests go to the API server although there is room (I15)',
    edits: [{ file: 'serve/grants/grants.ts', from: '      this.#letIn();\n', to: '' }],
    caughtBy: TURNS,
  },
  {
    what: 'strangers have their turn before known callers',
    harm: 'any number of strangers keep known callers waiting (R27)',
    edits: [
      {
        file: 'serve/grants/grants.ts',
        from: '[this.#line, this.#lineOfStrangers]',
        to: '[this.#lineOfStrangers, this.#line]',
      },
    ],
    caughtBy: TURNS,
  },
];

export const BREAKS_OF_GRANTS: readonly Break[] = [...KEY, ...ANSWERS, ...CALLERS, ...WATCHES, ...TURN];
