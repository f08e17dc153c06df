/** Text made safe for HTML, in content and in quoted attributes. */
export function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export interface Column<T> {
  readonly head: string;
  /** Escaped by the table. */
  readonly cell: (row: T) => string;
  /** Text, not a number: to the left, as the first column always is. */
  readonly text?: boolean;
  /** Where a click on it leads. */
  readonly href?: (row: T) => string;
}

/** A table with a caption for those who hear it; it scrolls by itself where it is too wide. */
export function table<T>(caption: string, columns: readonly Column<T>[], rows: readonly T[]): string {
  const head = columns.map(
    ({ head: name, text }, i) =>
      `<th scope="col"${text || i === 0 ? ' class="text"' : ''}>${escape(name)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = columns.map(({ cell, text, href }, i) => {
      const value = href ? `<a href="${escape(href(row))}">${escape(cell(row))}</a>` : escape(cell(row));
      if (i === 0) return `<th scope="row" class="text">${value}</th>`;
      return `<td${text ? ' class="text"' : ''}>${value}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return scrolling(
    caption,
    `<table><caption>${escape(caption)}</caption><thead><tr>${head.join('')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`,
  );
}

/** Wider than a phone: it scrolls in its own box, by the keyboard as well. The hint shows where there is more than fits. */
export function scrolling(label: string, inner: string): string {
  const hint = '<p class="hint" aria-hidden="true">Wider than the screen: it scrolls sideways \u2192</p>';
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escape(label)}">${hint}${inner}</div>`;
}

export function details(summary: string, inner: string): string {
  return `<details><summary>${escape(summary)}</summary>${inner}</details>`;
}

export const count = (value: number): string => value.toLocaleString('en-US');

/** `1 hour`, `1,234 hours` */
export const plural = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** `99.98 %`; never rounded up to 100. */
export function percent(share: number): string {
  const text = (share * 100).toFixed(2);
  return share < 1 && text === '100.00' ? '99.99 %' : `${share === 1 ? '100' : text} %`;
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `21.8 kB` */
export function size(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), SIZES.length - 1);
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${SIZES[power]}`;
}
