/** An input of several parts in one run of bytes: each with its length before it, but the last. */

export function joined(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part, i) => (i === parts.length - 1 ? [part] : [lengthOf(part), part])),
  );
}

/** The parts again. Of bytes that are no such input as many parts as there are, and empty ones. */
export function parted(input: Buffer, count: number): Buffer[] {
  const parts: Buffer[] = [];
  let rest = input;
  while (parts.length < count - 1) {
    const length = rest.length < 3 ? 0 : rest.readUIntBE(0, 3);
    parts.push(rest.subarray(3, 3 + length));
    rest = rest.subarray(3 + length);
  }
  return [...parts, rest];
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(3);
  length.writeUIntBE(part.length, 0, 3);
  return length;
}
