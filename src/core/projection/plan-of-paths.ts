/** The plan of several paths: the wider of two takes in the narrower, in whatever order they stand. Pure. */
import { OBJECT_META } from '../resource/object-meta.ts';
import { type MessageField, type MessageType } from '../resource/schema.ts';
import { type Step } from './field-path.ts';
import { type ElementsPlan, type EntriesPlan, type FieldsPlan, type Plan, type WherePlan } from './plan.ts';

/** A path that means something, or what is left of it behind the fields that were gone through. */
export interface Chosen {
  /** All of it, as it was given. */
  readonly path: string;
  readonly steps: readonly Step[];
}

/** What a plan cannot say of paths that each mean something. */
export interface Conflict {
  readonly path: string;
  readonly message: string;
}

export class PlanMaker {
  readonly conflicts: Conflict[] = [];

  /** What is chosen, and nothing else. */
  only(type: MessageType, chosen: readonly Chosen[]): FieldsPlan {
    const fields = byName(chosen).map(([name, paths]) => [name, this.#taken(type[name], paths)] as const);
    return { fields: Object.fromEntries(fields), rest: 'skip' };
  }

  /** All that is not chosen, maps as maps; of ObjectMeta also without what changes with every event. */
  allBut(type: MessageType, chosen: readonly Chosen[]): FieldsPlan {
    const left = new Map(byName(chosen));
    const fields = Object.entries(type).map(([name, field]) => {
      const isVersion = type === OBJECT_META && name === 'resourceVersion';
      return [name, isVersion ? 'skip' : this.#without(field, left.get(name) ?? [])] as const;
    });
    // What nobody has declared is left out as the path says.
    const undeclared = [...left].filter(([name]) => !Object.hasOwn(type, name));
    fields.push(...undeclared.map(([name, paths]) => [name, this.#without(undefined, paths)] as const));
    return { fields: Object.fromEntries(fields.filter(([, plan]) => plan !== 'whole')), rest: 'whole' };
  }

  #taken(field: MessageField | undefined, paths: readonly Chosen[]): Plan {
    if (paths.some(endsHere)) return this.#whole(field);
    if (field?.holds === 'map') return entriesOf(paths, 'taken');
    const { message = {} } = field ?? {};
    if (!isList(field, paths)) return this.only(message, paths.map(further));
    const text = oneText(field, paths);
    if (text !== undefined) return text;
    const item = (inside: readonly Chosen[]): FieldsPlan => this.only(message, inside);
    const hasEvery = paths.some(({ steps }) => steps[0]?.of === 'all');
    return this.#elements(paths, item, this.allBut(message, []), hasEvery ? undefined : 'skip');
  }

  #without(field: MessageField | undefined, paths: readonly Chosen[]): Plan {
    if (paths.length === 0) return this.#whole(field);
    if (paths.some(endsHere)) return 'skip';
    if (field?.holds === 'map') return entriesOf(paths, 'left');
    const { message = {} } = field ?? {};
    if (!isList(field, paths)) return this.allBut(message, paths.map(further));
    return this.#elements(paths, (inside) => this.allBut(message, inside), 'skip', undefined);
  }

  /**
   * @param item what becomes of an element that these paths lead into
   * @param whole what becomes of one that is chosen itself
   * @param unnamed what becomes of those of no kind that is named; undefined: what becomes of every element
   */
  #elements(
    paths: readonly Chosen[],
    item: (inside: readonly Chosen[]) => FieldsPlan,
    whole: FieldsPlan | 'skip',
    unnamed: 'skip' | undefined,
  ): ElementsPlan | { readonly each: FieldsPlan } {
    const every: Chosen[] = [];
    const kinds = new Map<string, Chosen[]>();
    let by: string | undefined;
    for (const path of paths) {
      const of = path.steps[0]?.of;
      // What is declared has been compared with its schema: two paths can differ only where nothing is.
      if (of === undefined) this.#conflict(path, 'is taken for a list by another path');
      if (typeof of !== 'object') {
        every.push(further(path));
        continue;
      }
      by ??= of.where;
      if (by === of.where) kinds.set(of.equals, [...(kinds.get(of.equals) ?? []), further(path)]);
      else this.#conflict(path, `elements of one list are chosen by one field, and here by ${by} already`);
    }
    if (by === undefined) return { each: item(every) };
    return {
      by,
      kinds: [...kinds]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([equals, inside]) => ({
          equals,
          take: inside.some(({ steps }) => steps.length === 0) ? whole : item([...every, ...inside]),
        })),
      others: unnamed ?? item(every),
    };
  }

  /** All of one field. */
  #whole(field: MessageField | undefined): Plan {
    if (field?.holds === 'map') return 'map';
    const { message = {}, isList } = field ?? {};
    const hasMaps = !isList && Object.values(message).some(({ holds }) => holds === 'map');
    return hasMaps ? this.allBut(message, []) : 'whole';
  }

  #conflict({ path }: Chosen, message: string): void {
    this.conflicts.push({ path, message });
  }
}

/** By the name of their first step. */
function byName(paths: readonly Chosen[]): (readonly [string, readonly Chosen[]])[] {
  const groups = new Map<string, Chosen[]>();
  for (const path of paths) {
    const [step] = path.steps;
    if (step === undefined) continue;
    const group = groups.get(step.name);
    if (group === undefined) groups.set(step.name, [path]);
    else group.push(path);
  }
  return [...groups];
}

/** By its schema, or where there is none by what paths take it for. */
function isList(field: MessageField | undefined, paths: readonly Chosen[]): boolean {
  if (field !== undefined) return field.isList === true;
  return paths.some(({ steps }) => steps[0]?.of !== undefined);
}

/** One text of one kind of elements, as plans of presets have it: absent, null and empty are one. */
function oneText(field: MessageField | undefined, paths: readonly Chosen[]): WherePlan | undefined {
  const [first] = paths;
  const [step, last, ...more] = first?.steps ?? [];
  if (typeof step?.of !== 'object' || last === undefined || more.length > 0) return undefined;
  if (last.of !== undefined || last.key !== undefined) return undefined;
  const { holds = 'text', isList } = field === undefined ? {} : (field.message?.[last.name] ?? {});
  const isText = (holds === 'text' || holds === 'time') && isList !== true;
  const isOne = paths.every(({ steps }) => JSON.stringify(steps) === JSON.stringify(first?.steps));
  return isText && isOne ? { ...step.of, first: false, value: last.name, as: 'value' } : undefined;
}

function entriesOf(paths: readonly Chosen[], are: EntriesPlan['are']): EntriesPlan {
  const keys = new Set(paths.map(({ steps }) => steps[0]?.key ?? ''));
  const isPrefix = (key: string): boolean => key.endsWith('*');
  return {
    keys: [...keys].filter((key) => !isPrefix(key)).sort(),
    prefixes: [...keys]
      .filter(isPrefix)
      .map((key) => key.slice(0, -1))
      .sort(),
    are,
  };
}

/** Whether a path chooses all of the field of its first step. */
function endsHere({ steps }: Chosen): boolean {
  const [step] = steps;
  return steps.length === 1 && step?.of === undefined && step?.key === undefined;
}

function further({ path, steps }: Chosen): Chosen {
  return { path, steps: steps.slice(1) };
}
