/**
 * The essence of a frame consists of the bytes that alone decide the projection of its object. These bytes are gathered
 * without being decoded. Two frames with equal essences have equal projections, so the second one need not be scanned.
 * Nearly every event is a heartbeat, which repeats a known state.
 *
 * A reader gathers essences only from MODIFIED events in the layout that kube-apiserver writes. It refuses all other
 * frames, and a scanner reads them. Each reader explains which bytes it leaves out, and why no part of a projection can
 * be among them.
 */
import type { Codec } from './codec.ts';
import type { EssenceReader } from './essence-reader.ts';
import type { FieldsPlan, Plan } from '../projection/plan.ts';
import type { Essence, Resource } from '../resource/resource.ts';

/** The fields of metadata that the essence lacks. It has all others, all of spec, and parts of the status. */
const LEFT_OUT_OF_METADATA: readonly string[] = ['resourceVersion', 'annotations', 'managedFields'];

/** A reader for essences; undefined if `plan` takes a part of an object that the essence lacks. */
export function essenceReaderFor(
  codec: Codec,
  resource: Resource,
  plan: FieldsPlan,
): EssenceReader | undefined {
  const { essence } = resource;
  return essence !== undefined && isCovered(plan, essence) ? codec.essence(resource, essence) : undefined;
}

function isCovered({ fields, rest }: FieldsPlan, essence: Essence): boolean {
  return (
    rest === 'skip' && Object.entries(fields).every(([name, plan]) => isPartCovered(name, plan, essence))
  );
}

function isPartCovered(name: string, plan: Plan, essence: Essence): boolean {
  if (plan === 'skip' || name === 'spec') return true;
  if (typeof plan !== 'object' || !('fields' in plan) || plan.rest !== 'skip') return false;
  const parts = Object.entries(plan.fields).filter(([, part]) => part !== 'skip');
  if (name === 'metadata') return parts.every(([part]) => !LEFT_OUT_OF_METADATA.includes(part));
  return name === 'status' && parts.every(([part, taken]) => isOfStatusCovered(part, taken, essence));
}

function isOfStatusCovered(name: string, plan: Plan, { condition }: Essence): boolean {
  if (name === 'addresses') return true;
  if (name !== 'conditions' || typeof plan !== 'object' || !('where' in plan)) return false;
  return plan.where === 'type' && plan.equals === condition && plan.first && plan.value === 'status';
}
