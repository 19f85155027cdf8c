/**
 * The essence of a frame: those of its bytes that alone decide its projection, gathered without being understood. Two
 * frames with equal essences have equal projections, so that who has scanned the first need not scan the second: a
 * heartbeat repeats what is already known, and nearly every event is one.
 *
 * A reader gathers only from frames laid out as kube-apiserver writes a MODIFIED object, and says no to any other: the
 * scanners read those. What it leaves out, and why nothing of the projection can lie there, stands with each reader.
 */
import { type Codec } from './codec.ts';
import { type EssenceReader } from './essence-reader.ts';
import { type FieldsPlan, type Plan } from '../projection/plan.ts';
import { type Essence, type Resource } from '../resource/resource.ts';

/** The essence holds all of metadata but these; conditions and addresses of status; and all of spec. */
const LEFT_OUT_OF_METADATA: readonly string[] = ['resourceVersion', 'annotations', 'managedFields'];

/** A reader for frames of which `plan` takes only what an essence holds; undefined where it takes more. */
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
