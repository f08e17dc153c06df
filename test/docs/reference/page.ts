/** A page of docs/reference: Markdown, and what it is generated from. */
export interface Page {
  readonly file: string;
  readonly title: string;
  /** One line for the index. */
  readonly about: string;
  readonly from: readonly string[];
  readonly body: string;
}

/** `|` would end a cell, a line break the row, and `<` might begin a tag. */
const cell = (text: string): string =>
  text
    .replaceAll('|', '\\|')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/<(?=[a-z/])/gi, '&lt;')
    .trim();

/** Escapes in code are shown as they are, but for `|`. */
export const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

/** Cells made by `code` come as they are. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text) => (/^`[^`]*`( \(`[^`]*`\))?$/.test(text) ? text : cell(text))).join(' | ')} |`;
  return [line(head), `| ${head.map(() => '---').join(' | ')} |`, ...rows.map(line)].join('\n');
}

export function render({ title, from, body }: Page): string {
  const sources = from.map((file) => `\`${file}\``).join(', ');
  return `<!-- Generated from ${sources} by \`npm run docs\`: change those, not this page. -->

# ${title}

${body.trim()}
`;
}

/** `a field` → `A field.`; names such as `sealHour` and values such as `null` stay as they are. */
export const sentence = (text: string): string => {
  const whole = text.trim();
  if (whole === '') return '';
  const isWord = /^[a-z]+[ ,;:]/.test(whole) && !/^(null|true|false)\b/.test(whole);
  const start = isWord ? whole.charAt(0).toUpperCase() + whole.slice(1) : whole;
  return /[.!?:]$/.test(start) ? start : `${start}.`;
};
