/** Builds one plan from several paths. If one path contains another, the wider one wins, whatever their order. Pure. */
import type { MessageField, MessageType } from '../resource/schema.ts';
import type { Step } from './field-path.ts';
import type { ElementsPlan, EntriesPlan, FieldsPlan, Plan, WherePlan } from './plan.ts';

/** A valid path. While a nested field is being planned, `steps` has only the steps below that field. */
export interface Chosen {
  /** The whole path as the user wrote it, for messages. */
  readonly path: string;
  readonly steps: readonly Step[];
}

/** Valid paths that no single plan can express together. */
export interface Conflict {
  readonly path: string;
  readonly message: string;
}

export class PlanMaker {
  readonly conflicts: Conflict[] = [];
  /** The metadata of the object itself. Metadata of a template inside the object gets no special treatment. */
  readonly #metadata: MessageField | undefined;

  constructor(schema: MessageType) {
    this.#metadata = schema['metadata'];
  }

  /** The plan that takes only the chosen fields. */
  only(type: MessageType, chosen: readonly Chosen[]): FieldsPlan {
    const fields = byName(chosen).map(([name, paths]) => [name, this.#taken(type[name], paths)] as const);
    return { fields: Object.fromEntries(fields), rest: 'skip' };
  }

  /** The plan that takes all fields except the chosen ones. The object's own resourceVersion is always left out. */
  allBut(type: MessageType, chosen: readonly Chosen[], isMetadata = false): FieldsPlan {
    const left = new Map(byName(chosen));
    const fields = Object.entries(type).map(([name, field]) => {
      const isVersion = isMetadata && name === 'resourceVersion';
      return [name, isVersion ? 'skip' : this.#without(field, left.get(name) ?? [])] as const;
    });
    // A path may also leave out a field that the schema does not declare.
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
    if (!isList(field, paths)) return this.#wide(field, paths.map(further));
    return this.#elements(paths, (inside) => this.allBut(message, inside), 'skip', undefined);
  }

  /**
   * @param item returns the plan for an element from the paths inside it: only these parts count, or all but these
   * @param whole the plan for an element that is chosen as a whole
   * @param unnamed the plan for elements that no condition such as `[type=Ready]` matches; if undefined, their plan is
   * made of the paths that choose every element
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
      // Paths to declared fields have been checked against the schema, so this can only happen for an undeclared field.
      if (of === undefined) this.#conflict(path, 'another path treats this field as a list');
      if (typeof of !== 'object') {
        every.push(further(path));
        continue;
      }
      by ??= of.where;
      if (by === of.where) kinds.set(of.equals, [...(kinds.get(of.equals) ?? []), further(path)]);
      else this.#conflict(path, `elements of a list are chosen by one field only, here by ${by} already`);
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

  /** The plan that takes a whole field. */
  #whole(field: MessageField | undefined): Plan {
    if (field?.holds === 'map') return 'map';
    const { message = {}, isList } = field ?? {};
    const hasMaps = !isList && Object.values(message).some(({ holds }) => holds === 'map');
    return hasMaps ? this.#wide(field, []) : 'whole';
  }

  /**
   * The plan for a message without the fields that `paths` leave out. If the schema does not declare the message, it
   * may be a pointer in Go, so an empty one is kept.
   */
  #wide(field: MessageField | undefined, paths: readonly Chosen[]): FieldsPlan {
    const isMetadata = field !== undefined && field === this.#metadata;
    const plan = this.allBut(field?.message ?? {}, paths, isMetadata);
    return field === undefined || field.isPointer === true ? { ...plan, isEmptyKept: true } : plan;
  }

  #conflict({ path }: Chosen, message: string): void {
    this.conflicts.push({ path, message });
  }
}

/** Groups paths by the name of their first step. */
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

/** The schema decides whether a field is a list. Without a schema, it is a list if a path chooses elements. */
function isList(field: MessageField | undefined, paths: readonly Chosen[]): boolean {
  if (field !== undefined) return field.isList === true;
  return paths.some(({ steps }) => steps[0]?.of !== undefined);
}

/**
 * The plan for paths that all choose the same text field in list elements of one kind, as
 * `status.conditions[type=NetworkUnavailable].status` does; undefined for any other paths. Absent, null and empty text
 * are equal.
 */
function oneText(field: MessageField | undefined, paths: readonly Chosen[]): WherePlan | undefined {
  const [first] = paths;
  const [step, last, ...more] = first?.steps ?? [];
  if (typeof step?.of !== 'object' || last === undefined || more.length > 0) return undefined;
  if (last.of !== undefined || last.key !== undefined) return undefined;
  const { holds = 'text', isList, isPointer } = field === undefined ? {} : (field.message?.[last.name] ?? {});
  // Behind a pointer, an empty text differs from an absent one. A zero time equals an absent one.
  const isText = ((holds === 'text' && isPointer !== true) || holds === 'time') && isList !== true;
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

/** True if the path chooses the whole field of its first step. */
function endsHere({ steps }: Chosen): boolean {
  const [step] = steps;
  return steps.length === 1 && step?.of === undefined && step?.key === undefined;
}

function further({ path, steps }: Chosen): Chosen {
  return { path, steps: steps.slice(1) };
}
