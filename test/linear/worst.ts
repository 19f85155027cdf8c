/** Texts that make careless parsers walk the same bytes again and again. */

/** What is repeated until a text is long enough. */
const UNITS: readonly string[] = [
  ...['/', '%2F', '%', '/..', 'a.', '-', ':', '@sha256:'],
  ...[' ', '\r\n', ' \n', '# x\n', '---\n', '\0', 'é', '\ufeff'],
  ...['[', '(', '{"a":', '? ', '- ', '*a ', ']'],
  ...['a,', ';', '&a=', '=', '"', '\\"', '0', 'A_', '"a",'],
  ...['/metallb-speaker:', 'kind: Pod\n', ' at line ', '_SERVICE_PORT'],
];

export interface Worst {
  /** The repeated part, as in a title. */
  readonly name: string;
  /** A text of `length` characters or a few more; it ends in what a careless expression does not expect. */
  readonly text: (length: number) => string;
}

export const WORST: readonly Worst[] = UNITS.map((unit) => ({
  name: JSON.stringify(unit),
  text: (length) => `${unit.repeat(Math.ceil(length / unit.length))}x`,
}));
