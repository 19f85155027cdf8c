/** Texts that make careless parsers walk the same bytes again and again. */

/** What is repeated until a text is long enough. */
const UNITS: readonly string[] = [
  ...['/', '//a', '%2F', '%', '%4', '/..', '.', 'a.', '-', ':', '::1', '@', '@sha256:'],
  ...[' ', '\t', '\n', '\r\n', ' \n', 'a ', '# x\n', '---\n', '\0', '\u2028', 'é', '\ufeff', '---\n\ufeff'],
  ...['[', '(', '{', '{"a":', '[{', '{a', ']', ')', '}', '? ', '- ', '&a ', '*a ', '|', '%a\n'],
  ...[',', 'a,', ';', '&', '&a=', '=', '"', "'", '\\', '\\"', '""', '<', '0', 'a', 'A_', '--', '"a",'],
  ...['/metallb-speaker:', 'kind: Pod\n', 'kind ', ' at line ', '_SERVICE_PORT', 'labels: {', 'k8s\0\n'],
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
