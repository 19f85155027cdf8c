/** What a PromQL expression names: the metrics it selects, by which labels, and the labels it groups and joins by. */
import { parser } from '@prometheus-io/lezer-promql';

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

export interface Named {
  readonly selectors: readonly Selector[];
  /** Of `by`, `without`, `on`, `ignoring`. */
  readonly groupings: readonly string[];
}

/** @throws where it is not PromQL. */
export function namedIn(expression: string): Named {
  const selectors: { metric: string; matchers: Matcher[] }[] = [];
  const groupings: string[] = [];
  parser.parse(expression).iterate({
    enter: (node) => {
      const text = expression.slice(node.from, node.to);
      if (node.type.isError) throw new SyntaxError(`not PromQL at ${node.from}: ${expression}`);
      if (node.name === 'VectorSelector') {
        const metric = node.node.getChild('Identifier');
        selectors.push({
          metric: metric === null ? '' : expression.slice(metric.from, metric.to),
          matchers: [],
        });
      }
      if (node.name === 'UnquotedLabelMatcher') selectors.at(-1)?.matchers.push(matcherOf(text));
      if (node.name === 'GroupingLabels')
        groupings.push(...[...text.matchAll(/\w+/g)].map(([label]) => label));
    },
  });
  return { selectors, groupings };
}

function matcherOf(text: string): Matcher {
  const found = /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/.exec(text);
  if (found === null) throw new SyntaxError(`not a matcher: ${text}`);
  const [, label = '', operator = '', value = ''] = found;
  return { label, operator, value };
}
