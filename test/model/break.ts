/** The form of a deliberate break: a few words changed in the program, as a tired engineer might write it. */

/** Replaces `from`, which stands exactly once in the file, by `to`. */
export interface Edit {
  /** Below src/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Break {
  readonly what: string;
  /** What goes wrong for a client, or which rule is broken. */
  readonly harm: string;
  readonly edits: readonly Edit[];
  /** Below test/. At least one test in them must fail. */
  readonly caughtBy: string;
}

/** Of whole hubs, of feeds: their failures say after how many steps they came. */
export const WHOLE_HUBS = 'hub/whole.test.ts';
export const FEEDS = 'hub/model.test.ts';
/** The test that catches most of them. */
export const MODEL = 'model/model.test.ts';
