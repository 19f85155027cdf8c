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
  brokenSelection('a hub is asked in observe mode', 'events that would be swallowed are never seen (R21)', [
    "if (filter.current.mode === 'observe') return 'observe';",
    '',
  ]),
  brokenSelection(
    'a hub is asked for a client that may lack fields that count now',
    'a change swallowed under another projection is never delivered (I2)',
    ["if (!filter.mayAdopt) return 'history';", ''],
  ),
  brokenRoute('any 200 of a hub is accepted', "changes that the hub's preset ignores are lost (I2)", [
    "return said.length === 1 && said[0] === digest ? undefined : 'projection';",
    "return said.length > 1 ? 'projection' : undefined;",
  ]),
  brokenRoute('any answer of a hub is passed on', 'a faulty hub makes the client list again (I15)', [
    "if (statusCode !== 200) return 'status';",
    'if (statusCode !== 200) return undefined;',
  ]),
  brokenSelection(
    'a hub is asked though clients have several presets',
    'the hub takes a client for one with another preset (I2)',
    ["if (filter.isShared) return 'history';", ''],
  ),
  brokenRoute('an answer is used after the filter has changed', 'a change that counts now is lost (I2)', [
    'filter.current === begun ? judge(head, digest)',
    "filter.current.projection.key !== '' ? judge(head, digest)",
  ]),
  brokenRoute(
    'watches of a hub outlive a change of the filter',
    'changes that the old projection ignores are lost (I2)',
    ['for (const exchange of this.#watches) exchange.cut();', ''],
  ),
  brokenRoute(
    'swallowing by a hub is not recorded',
    'after a new preset a client keeps an old value of a field that counts only now (I2)',
    ['this.#watchesEver += 1;', ''],
    WHOLE,
  ),
  brokenRoute(
    'X-Remote headers are sent to the hub',
    "a hub may believe the client's claim about who it is (I10)",
    ['withoutProjection(withoutFrontProxy(request.headers))', 'withoutProjection(request.headers)'],
  ),
  brokenExchange('a hub has unlimited time', 'a hanging hub blocks its clients (I15)', [
    'const HEAD_MS = 800;',
    'const HEAD_MS = 80_000;',
  ]),
  brokenExchange(
    'a hub that was given up keeps the request',
    'it works in vain, and may answer besides another server (I15)',
    [
      'this.#stopTimer();\n    this.#asked.abort();\n    this.#options.events.onDirect',
      'this.#stopTimer();\n    this.#options.events.onDirect',
    ],
  ),
  brokenExchange(
    'an interrupted list is waited for',
    'a hanging hub blocks its clients (I15)',
    ['if (isList) this.#watchPauses();', ''],
    WHOLE_HUBS,
  ),
  {
    what: 'all sidecars return to a hub at once',
    harm: 'a returning hub is overloaded (I15)',
    edits: [{ file: 'core/hub/circuit.ts', from: 'restMs * (1 - this.#chance() / 2)', to: 'restMs' }],
    caughtBy: 'core/hub/circuit.test.ts',
  },
  {
    what: 'every request asks a hub that failed',
    harm: 'each request waits in vain (I15)',
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
