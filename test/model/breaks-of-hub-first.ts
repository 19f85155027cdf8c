/** Deliberate breaks of what becomes of a request when there is a hub (I15). */
import { type Break, WHOLE_HUBS } from './break.ts';

const HUB_FIRST = 'serve/hub-first/hub-first.test.ts';
const WHOLE = 'serve/hub.test.ts';

function brokenSelection(what: string, harm: string, [from, to]: readonly [string, string]): Break {
  return { what, harm, edits: [{ file: 'serve/hub-first/selection.ts', from, to }], caughtBy: HUB_FIRST };
}

function brokenRoute(
  what: string,
  harm: string,
  [from, to]: readonly [string, string],
  caughtBy = HUB_FIRST,
): Break {
  return { what, harm, edits: [{ file: 'serve/hub-first/hub-first.ts', from, to }], caughtBy };
}

function brokenExchange(
  what: string,
  harm: string,
  [from, to]: readonly [string, string],
  caughtBy = HUB_FIRST,
): Break {
  return { what, harm, edits: [{ file: 'serve/hub-first/hub-exchange.ts', from, to }], caughtBy };
}

export const BREAKS_OF_HUB_FIRST: readonly Break[] = [
  brokenSelection('a write goes to the hub first', 'it may be carried out twice (R5)', [
    "if (!classified.kind.startsWith('filtered-') || request.body !== null) return 'not_shared';",
    "if (classified.kind === 'watch') return 'not_shared';",
  ]),
  brokenSelection('a hub is asked in observe mode', 'what would be swallowed is never seen (R21)', [
    "if (filter.current.mode === 'observe') return 'observe';",
    '',
  ]),
  brokenSelection(
    'a hub is asked by who may lack what counts now',
    'a change that was swallowed under another projection is never delivered (I2)',
    ["if (!filter.mayAdopt) return 'history';", ''],
  ),
  brokenRoute('any 200 of a hub is believed', 'what a hub filters by another preset is lost (I2)', [
    "return said.length === 1 && said[0] === digest ? undefined : 'projection';",
    "return said.length > 1 ? 'projection' : undefined;",
  ]),
  brokenRoute('whatever a hub answers is passed on', 'a hub that is ill makes the client list again (I15)', [
    "if (statusCode !== 200) return 'status';",
    'if (statusCode !== 200) return undefined;',
  ]),
  brokenSelection(
    'a hub is asked for one of several clients by which other parts count',
    'it takes a client for known that comes from another of them (I2)',
    ["if (filter.isShared) return 'history';", ''],
  ),
  brokenRoute(
    'an answer is used under a filter that has changed since',
    'a change that counts now is lost (I2)',
    [
      'filter.current === begun ? judge(head, digest)',
      "filter.current.projection.key !== '' ? judge(head, digest)",
    ],
  ),
  brokenRoute(
    'watches of a hub go on when the filter changes',
    'what the hub swallows by the former projection is lost (I2)',
    ['for (const exchange of this.#watches) exchange.cut();', ''],
  ),
  brokenRoute(
    'what a hub swallowed is not remembered',
    'after a new preset a client keeps an old value of what counts only now (I2)',
    ['this.#watchesEver += 1;', ''],
    WHOLE,
  ),
  brokenRoute(
    'headers of a front proxy are sent to the hub',
    'a hub may believe who the client says it is (I10)',
    ['withoutProjection(withoutFrontProxy(request.headers))', 'withoutProjection(request.headers)'],
  ),
  brokenExchange('a hub is waited for as long as it likes', 'a hub that hangs freezes its clients (I15)', [
    'const HEAD_MS = 800;',
    'const HEAD_MS = 80_000;',
  ]),
  brokenExchange(
    'a hub that was given up keeps the request',
    'it works for nobody, and may answer beside another (I15)',
    [
      'this.#stopTimer();\n    this.#asked.abort();\n    this.#options.events.onDirect',
      'this.#stopTimer();\n    this.#options.events.onDirect',
    ],
  ),
  brokenExchange(
    'a list that stops half way is waited for',
    'a hub that hangs freezes its clients (I15)',
    ['if (isList) this.#watchPauses();', ''],
    WHOLE_HUBS,
  ),
  {
    what: 'all come back to a hub at once',
    harm: 'a hub that returns is run over (I15)',
    edits: [{ file: 'core/hub/circuit.ts', from: 'restMs * (1 - this.#chance() / 2)', to: 'restMs' }],
    caughtBy: 'core/hub/circuit.test.ts',
  },
  {
    what: 'a hub that failed is asked by every request',
    harm: 'each waits for it in vain (I15)',
    edits: [
      {
        file: 'core/hub/circuit.ts',
        from: "if (state.at === 'trying' || now < state.until) return false;",
        to: "if (state.at === 'trying') return false;",
      },
    ],
    caughtBy: WHOLE_HUBS,
  },
];
