/** Media types, as clients ask for them. */
import type { Encoding } from '../../../src/lab/simulator/encoding.ts';

export const PROTOBUF_MEDIA_TYPE = 'application/vnd.kubernetes.protobuf';

export const acceptOf = (encoding: Encoding): string =>
  encoding === 'json' ? 'application/json' : PROTOBUF_MEDIA_TYPE;
