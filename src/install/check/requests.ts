/**
 * The checks that send requests of a client, with its token and through the proxy: its identity, its rights, a watch.
 */
import { NODES } from '../../core/resource/node.ts';
import { collectionPath } from '../../core/resource/resource.ts';
import type { ApiAnswer, ApiRequest } from '../../platform/upstream/api-client.ts';
import { toUpstreamError } from '../../platform/upstream/upstream-error.ts';
import { textAt, valueAt } from '../../platform/text/json-value.ts';
import { type Check, type Facts, type Finding, needs, ok, skipped, wrong } from './check.ts';

/** Names an object that does not exist, so that only headers and bookmarks arrive. */
const WATCH =
  `${collectionPath(NODES)}?watch=true&allowWatchBookmarks=true&resourceVersion=0&timeoutSeconds=30` +
  '&fieldSelector=metadata.name%3Dwatchsieve-check';
const VERBS = ['list', 'watch'] as const;

/** Checks that the token arrives, and whose it is. */
export const identityCheck: Check = {
  name: 'identity',
  run: (_context, facts) =>
    withProxy(facts, async (ask) => {
      const group = 'authentication.k8s.io/v1';
      const answer = await ask({
        method: 'POST',
        path: `/apis/${group}/selfsubjectreviews`,
        body: { apiVersion: group, kind: 'SelfSubjectReview' },
      });
      if (answer.status === 404) return skipped('this API server has no SelfSubjectReview (Kubernetes 1.28)');
      if (answer.status !== 201) return refusal(answer);
      return ok(
        `the API server takes the client for ${textAt(answer.body, 'status', 'userInfo', 'username') ?? '?'}`,
      );
    }),
};

/** Checks that the client's role is sufficient. */
export const permissionCheck: Check = {
  name: 'permission',
  run: (_context, facts) =>
    withProxy(facts, async (ask) => {
      const group = 'authorization.k8s.io/v1';
      const denied: string[] = [];
      for (const verb of VERBS) {
        const answer = await ask({
          method: 'POST',
          path: `/apis/${group}/selfsubjectaccessreviews`,
          body: {
            apiVersion: group,
            kind: 'SelfSubjectAccessReview',
            spec: { resourceAttributes: { verb, group: NODES.group, resource: NODES.plural } },
          },
        });
        if (answer.status !== 201) return refusal(answer);
        if (valueAt(answer.body, ['status', 'allowed']) !== true) denied.push(verb);
      }
      return denied.length > 0
        ? wrong('not-permitted', `${denied.join(' and ')} is denied`)
        : ok('the client may list and watch nodes');
    }),
};

export const watchCheck: Check = {
  name: 'watch',
  run: (_context, facts) =>
    withProxy(
      facts,
      async (ask) => {
        const answer = await ask({ path: WATCH, headersOnly: true });
        if (answer.status === 200) return ok('a watch of nodes begins');
        if (answer.status === 403) return wrong('not-permitted', messageOf(answer));
        if (answer.status === 401) return wrong('token-rejected');
        return wrong('watch-refused', messageOf(answer));
      },
      true,
    ),
};

type Ask = (request: ApiRequest) => Promise<ApiAnswer>;

async function withProxy(
  { proxy, token }: Facts,
  judge: (ask: Ask) => Promise<Finding>,
  isWatch = false,
): Promise<Finding> {
  if (proxy === undefined) return needs('proxy');
  if (token === undefined) return needs('token');
  try {
    return await judge((request) => proxy.ask({ ...request, token }));
  } catch (thrown) {
    const error = toUpstreamError('headers', thrown);
    return wrong(isWatch && error.code === 'timeout' ? 'watch-silent' : 'request-failed', error.message);
  }
}

function refusal(answer: ApiAnswer): Finding {
  return answer.status === 401 ? wrong('token-rejected') : wrong('request-failed', messageOf(answer));
}

/** The message of a Kubernetes Status, which names users and resources but never tokens. */
function messageOf({ status, body }: ApiAnswer): string {
  const message = textAt(body, 'message');
  return message === undefined ? String(status) : `${status}, ${message}`;
}
