/** Texts that have a short code: `"1"`, `"2"`, … Rows hold the codes, so a dictionary only ever grows at its end. */
export interface Dictionary {
  /** `texts[0]` has the code 1. */
  readonly texts: readonly string[];
  /** The code of a text. Where one stands twice, the first position counts. */
  readonly codes: ReadonlyMap<string, string>;
}

export function dictionaryOf(texts: readonly string[]): Dictionary {
  const codes = new Map<string, string>();
  texts.forEach((text, index) => {
    if (!codes.has(text)) codes.set(text, String(index + 1));
  });
  return { texts, codes };
}

/** The text of a code; undefined for a number that the dictionary does not have. */
export const textOfCode = (code: string, { texts }: Dictionary): string | undefined =>
  /^[1-9][0-9]{0,8}$/.test(code) ? texts[Number(code) - 1] : undefined;
