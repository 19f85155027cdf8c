/** The product's tables against what Go's own types declare: every field of everything that can be watched. */
import assert from 'node:assert/strict';
import type { MessageType } from '../../src/core/resource/schema.ts';
import type { Declarations } from './go-side.ts';

export class Comparison {
  readonly #declared: Declarations;
  readonly #seen = new Set<string>();
  fields = 0;

  constructor(declared: Declarations) {
    this.#declared = declared;
  }

  /** @throws where they differ, in the order of fields too */
  compare(type: MessageType, name: string): void {
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    assert.ok(Object.hasOwn(this.#declared, name), `Go does not declare ${name}`);
    // Some structs have no fields.
    const declared = this.#declared[name] ?? [];
    assert.deepEqual(
      Object.keys(type),
      declared.map((field) => field.name),
      name,
    );
    for (const { name: field, numbers, message, ...is } of declared) {
      const {
        number,
        within = [],
        holds,
        isList,
        isPointer,
        isAlways,
        message: inner,
      } = type[field] ?? assert.fail();
      assert.deepEqual(
        { numbers: [...within, number], holds, list: isList, pointer: isPointer, always: isAlways },
        { numbers, holds: is.holds, list: is.list, pointer: is.pointer, always: is.always },
        `${name}.${field}`,
      );
      assert.equal(inner === undefined, message === undefined, `${name}.${field}: has fields`);
      this.fields++;
      if (inner !== undefined && message !== undefined) this.compare(inner, message);
    }
  }
}
