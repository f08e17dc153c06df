import { count, escape } from './html.js';

/** A page of ten years must open at once: tables show the newest of what there is, and say how much more there is. */
const ROWS_MAX = 300;

export function bounded<T>(
  rows: readonly T[],
  draw: (newest: readonly T[], caption: string) => string,
  caption: string,
): string {
  const newest = rows.slice(-ROWS_MAX).reverse();
  const more = rows.length - newest.length;
  return draw(
    newest,
    more === 0
      ? `${caption}, newest first`
      : `${caption}: the newest ${count(newest.length)}; ${count(more)} earlier ones are in the ledgers`,
  );
}

export function section(title: string, lead: string, body: string): string {
  const id = title.toLowerCase().replaceAll(' ', '-');
  return `<section aria-labelledby="${id}">\n<h2 id="${id}">${escape(title)}</h2>\n<p class="soft">${escape(lead)}</p>\n${body}\n</section>`;
}
