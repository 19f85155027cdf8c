/** The scanner of each encoding: the one place that chooses. */
import { type Encoding } from './encoding.ts';
import { JsonScanner } from './json/scanner.ts';
import { type FieldsPlan, planFor } from '../projection/plan.ts';
import { type Resource } from '../resource/resource.ts';
import { ProtobufScanner } from './protobuf/scanner.ts';
import { type EventScanner } from './watch-event.ts';

/** Takes what `plan` names of objects of this resource. Nothing opaque is ever scanned: for it any scanner will do. */
export function scannerFor(encoding: Encoding, resource: Resource, plan: FieldsPlan): EventScanner {
  const Scanner = encoding === 'protobuf' ? ProtobufScanner : JsonScanner;
  return new Scanner(resource, planFor(resource, plan));
}
