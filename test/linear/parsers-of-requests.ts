/** What clients send to the proxy and to the admin port, and what the API server answers. */
import { isLoopbackHost } from '../../src/serve/admin/loopback-host.ts';
import { foreign } from '../../src/platform/text/html.ts';
import { streams } from '../../src/serve/admin/page/streams.ts';
import { listRequestOf } from '../../src/serve/watch/list-request.ts';
import { bearerTokenOf } from '../../src/serve/proxy/bearer-token.ts';
import { classify } from '../../src/serve/proxy/classify.ts';
import { presetPathOf } from '../../src/serve/proxy/preset-path.ts';
import { listHeadersOf, requestHeaders } from '../../src/serve/proxy/headers.ts';
import { OwnCredentials } from '../../src/serve/proxy/own-credentials.ts';
import { askedOfHub } from '../../src/core/hub/asked.ts';
import { NODES } from '../../src/core/resource/node.ts';
import { attributesOf } from '../../src/core/request/request-attributes.ts';
import { resourcePath } from '../../src/core/request/resource-path.ts';
import { parseQuery, percentDecode } from '../../src/core/request/query.ts';
import { printable, printableLines } from '../../src/platform/text/printable.ts';
import { staysBelow } from '../../src/platform/upstream/below-base.ts';
import { askedBy } from '../../src/core/codec/accept.ts';
import { CODECS, listCodecOf, watchCodingOf } from '../../src/core/codec/codecs.ts';
import { sampleStatus, sampleStream } from '../support/sample-status.ts';
import { asIs, type Parser } from './parser.ts';

const TARGETS = (worst: string): readonly string[] => [
  `/${worst}`,
  `/api/v1/nodes/${worst}`,
  `/api/v1/watch/nodes?labelSelector=${worst}`,
  `/apis/a/b/watch/namespaces/${worst}?timeoutSeconds=${worst}`,
];

const lent = new OwnCredentials({
  token: 'x',
  credentials: {
    authorization: () => Promise.resolve(undefined),
    certificate: () => Promise.resolve(undefined),
    rejected: () => undefined,
  },
  onFailure: () => undefined,
});

export const PARSERS_OF_REQUESTS: readonly Parser[] = [
  {
    file: 'core/codec/accept.ts',
    name: 'the Accept header',
    inputs: (worst) => [worst, `application/json;as=${worst},*/*`],
    parse: askedBy,
  },
  {
    file: 'core/hub/asked.ts',
    name: 'what a hub is asked for',
    inputs: (worst) => [`fieldSelector=metadata.name=${worst}`, `timeoutSeconds=${worst}`, worst],
    parse: (worst) => askedOfHub({ method: 'GET', target: `/api/v1/nodes?watch=1&${worst}` }, worst, NODES),
  },
  {
    file: 'serve/proxy/classify.ts',
    name: 'targets',
    inputs: TARGETS,
    parse: (target) => classify('GET', target),
  },
  {
    file: 'serve/proxy/preset-path.ts',
    name: 'presets in targets',
    inputs: (worst) => [`/for/${worst}`, `/for/a/${worst}`, `/for/a/..;${worst}`],
    parse: (target) => presetPathOf(target, { has: (name) => name === 'a', nearest: () => undefined }),
  },
  {
    file: 'platform/upstream/below-base.ts',
    name: 'targets below a base path',
    inputs: (worst) => [worst, `/..;${worst}`, `/.${worst}`],
    parse: (target) => staysBelow('/base', target),
  },
  {
    file: 'platform/text/printable.ts',
    name: 'text of others in the log',
    inputs: asIs,
    parse: printableLines,
  },
  { file: 'platform/text/printable.ts', name: 'text of others in messages', inputs: asIs, parse: printable },
  { file: 'core/request/query.ts', name: 'queries', inputs: asIs, parse: parseQuery },
  { file: 'core/request/query.ts', name: 'percent-encoding', inputs: asIs, parse: percentDecode },
  {
    file: 'core/request/resource-path.ts',
    name: 'paths',
    inputs: TARGETS,
    parse: (target) => resourcePath(target),
  },
  {
    file: 'core/request/request-attributes.ts',
    name: 'what a target asks for',
    inputs: (worst) => [...TARGETS(worst), `/api/v1/nodes?fieldSelector=${worst}`],
    parse: (target) => attributesOf('GET', target),
  },
  {
    file: 'serve/watch/list-request.ts',
    name: 'the list beside a watch',
    inputs: (worst) => [`/api/v1/nodes?watch=1&labelSelector=${worst}`],
    parse(target) {
      const classified = classify('GET', target);
      if (classified.kind !== 'filtered-watch') return undefined;
      return listRequestOf({ classified, rawHeaders: ['A', target], codec: CODECS.json });
    },
  },
  {
    file: 'serve/proxy/headers.ts',
    name: 'headers of a request',
    inputs: (worst) => [worst, `a,${worst}`],
    parse: (value) => requestHeaders(['Connection', value, 'A', value]),
  },
  {
    file: 'serve/proxy/headers.ts',
    name: 'many names in Connection, and as many headers',
    inputs: (worst) => [worst.slice(0, worst.length / 20)],
    parse: (value) =>
      requestHeaders([...Array.from(value, (each, i) => [`${each}${i}`, '']).flat(), 'Connection', value]),
  },
  {
    file: 'serve/proxy/headers.ts',
    name: 'names of headers',
    inputs: asIs,
    parse: (name) => listHeadersOf([name, 'x'], 'application/json'),
  },
  {
    file: 'serve/proxy/own-credentials.ts',
    name: 'Authorization',
    inputs: (worst) => [worst, `Bearer ${worst}`, `Bearer a${worst}`],
    parse: (value) => lent.admits(['Authorization', value]),
  },
  {
    file: 'serve/proxy/bearer-token.ts',
    name: 'the token of a caller',
    inputs: (worst) => [worst, `Bearer ${worst}`, `Bearer a.b.c${worst}`],
    parse: (value) => bearerTokenOf(['Authorization', value]),
  },
  {
    file: 'core/codec/codecs.ts',
    name: 'Content-Type of a watch',
    inputs: (worst) => [worst, `application/json;${worst}`],
    parse: (type) => watchCodingOf(type, '', {}),
  },
  {
    file: 'core/codec/codecs.ts',
    name: 'Content-Type of a list',
    inputs: asIs,
    parse: (type) => listCodecOf(type, {}),
  },
  {
    file: 'serve/admin/loopback-host.ts',
    name: 'Host',
    inputs: (worst) => [worst, `a.${worst}`, `localhost:${worst}`],
    parse: isLoopbackHost,
  },
  { file: 'platform/text/html.ts', name: 'text of others in a page', inputs: asIs, parse: foreign },
  {
    file: 'serve/admin/page/streams.ts',
    name: 'User-Agent in a page',
    inputs: asIs,
    parse: (client) => streams(sampleStatus({ streams: [sampleStream(1, { client })] })),
  },
];
