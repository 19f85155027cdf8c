/**
 * What the API server of the attacks is behind a hub: one history for everybody, in which one Node changes every 50 ms. All
 * of it follows from the clock, so that nothing is kept for a watch. Who asks is known by its token, and reviews say what it
 * may do.
 */
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseJson, textAt, valueAt } from '../support/json-value.ts';
import {
  ATTACKER_TOKEN,
  type ClusterSize,
  HUB_TOKEN,
  NARROW_NODE,
  NARROW_TOKEN,
  VICTIM_TOKEN,
} from './attack.ts';

const CHANGE_MS = 50;
const FIRST = 10_000;
/** Nodes that are written at once. */
const PART = 50;
/** How long the API server thinks before it says no (milliseconds): questions pile up. */
const REFUSING_MS = 1000;
const KNOWN: ReadonlySet<string> = new Set([ATTACKER_TOKEN, HUB_TOKEN, NARROW_TOKEN, VICTIM_TOKEN]);
const CHANGING = 'changing';

export class Cluster {
  readonly #begun = performance.now();
  /** Each as an item of a list; text of JSON without its first brace. */
  readonly #nodes: readonly string[];
  readonly #itemParts: readonly Buffer[];
  readonly #addedParts: readonly Buffer[];

  constructor({ nodes, nodeBytes }: ClusterSize) {
    this.#nodes = Array.from({ length: nodes }, (_, i) => nodeText(`node-${i}`, i + 1, nodeBytes));
    this.#itemParts = inParts(this.#nodes, (node) => `,{${node}`);
    this.#addedParts = inParts(this.#nodes, (node) => eventText('ADDED', node));
  }

  /** @returns the status with which a request is refused; undefined where it is answered */
  refusal(req: Http2ServerRequest): 401 | 403 | undefined {
    const token = tokenOf(req);
    if (!KNOWN.has(token)) return 401;
    const isReview = req.url.includes('selfsubjectaccessreviews');
    return token === NARROW_TOKEN && !isReview && !req.url.endsWith(`%3D${NARROW_NODE}`) ? 403 : undefined;
  }

  /** A SelfSubjectAccessReview. */
  async review(req: Http2ServerRequest, res: Http2ServerResponse): Promise<void> {
    const isNarrow = tokenOf(req) === NARROW_TOKEN;
    const attributes = valueAt(parseJson(await text(req)), 'spec', 'resourceAttributes');
    const isOfNodes = textAt(attributes, 'resource') === 'nodes';
    const allowed = isOfNodes && (!isNarrow || textAt(attributes, 'name') === NARROW_NODE);
    if (!allowed) await sleep(REFUSING_MS);
    if (res.stream.destroyed) return;
    res.writeHead(201, { 'content-type': 'application/json' });
    res.end(
      JSON.stringify({
        ...{ kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1' },
        status: { allowed },
      }),
    );
  }

  async list(res: Http2ServerResponse, query: URLSearchParams, write: Write): Promise<void> {
    const isNewest = query.has('limit');
    if (query.get('resourceVersionMatch') === 'Exact') {
      res.writeHead(504);
      res.end();
      return;
    }
    res.writeHead(200, { 'content-type': 'application/json' });
    const kind = isNewest ? 'PartialObjectMetadataList' : 'NodeList';
    const apiVersion = isNewest ? 'meta.k8s.io/v1' : 'v1';
    const now = this.#now;
    const head = `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":{"resourceVersion":"${now}"},"items":[`;
    if (isNewest) {
      res.end(`${head}]}\n`);
      return;
    }
    if (!(await write(res, `${head}{${nodeText(CHANGING, now, 0)}`))) return;
    for (const part of this.#itemParts) if (!(await write(res, part))) return;
    res.end(']}\n');
  }

  async watch(res: Http2ServerResponse, query: URLSearchParams, write: Write): Promise<void> {
    res.writeHead(200, { 'content-type': 'application/json' });
    const named = query.get('fieldSelector')?.replace('metadata.name=', '');
    const from = query.get('resourceVersion') ?? '0';
    let sent = Number(from);
    if (from === '0' || query.get('sendInitialEvents') === 'true') {
      sent = this.#now;
      if (named === undefined || named === CHANGING)
        await write(res, eventText('ADDED', nodeText(CHANGING, sent, 0)));
      const one = this.#nodes[Number(named?.replace('node-', ''))];
      const parts = named === undefined ? this.#addedParts : one ? [eventText('ADDED', one)] : [];
      for (const part of parts) if (!(await write(res, part))) return;
    }
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    if (query.get('sendInitialEvents') === 'true')
      await write(res, bookmark({ resourceVersion: String(sent), annotations }));
    const timer = setInterval(() => {
      if (named !== undefined && named !== CHANGING) return;
      while (sent < this.#now && !res.stream.destroyed) {
        sent += 1;
        res.write(eventText('MODIFIED', nodeText(CHANGING, sent, 0)));
      }
    }, CHANGE_MS);
    res.stream.once('close', () => clearInterval(timer));
  }

  get #now(): number {
    return FIRST + Math.floor((performance.now() - this.#begun) / CHANGE_MS);
  }
}

/** @returns false where the client has gone */
export type Write = (res: Http2ServerResponse, bytes: Buffer | string) => Promise<boolean>;

function tokenOf(req: Http2ServerRequest): string {
  return (req.headers.authorization ?? '').replace('Bearer ', '');
}

function inParts(nodes: readonly string[], textOf: (node: string) => string): Buffer[] {
  return Array.from({ length: Math.ceil(nodes.length / PART) }, (_, part) =>
    Buffer.from(
      nodes
        .slice(part * PART, (part + 1) * PART)
        .map(textOf)
        .join(''),
    ),
  );
}

function nodeText(name: string, resourceVersion: number, bytes: number): string {
  const images = Array.from({ length: Math.ceil(bytes / 64) }, (_, i) => ({
    names: [`registry.example/${name}/image-${i * 7919}`],
    sizeBytes: i * 104_729,
  }));
  const node = {
    metadata: {
      ...{ name, uid: `uid-of-${name}`, resourceVersion: String(resourceVersion) },
      labels: { 'kubernetes.io/hostname': name, sequence: String(resourceVersion) },
    },
    spec: {},
    status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }], images },
  };
  return JSON.stringify(node).slice(1);
}

function eventText(type: string, node: string): string {
  return `{"type":"${type}","object":{"kind":"Node","apiVersion":"v1",${node}}\n`;
}

function bookmark(metadata: object): string {
  return `${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'Node', apiVersion: 'v1', metadata } })}\n`;
}
