/** What a LIST of all Nodes asks for. */
import type { RequestAttributes } from '../../src/core/request/request-attributes.ts';

export const NODES: RequestAttributes = {
  verb: 'list',
  group: '',
  version: 'v1',
  resource: 'nodes',
  subresource: '',
  namespace: '',
  name: '',
  labelSelector: '',
  fieldSelector: '',
};
