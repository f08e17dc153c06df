/* eslint-disable no-control-regex -- control characters are what this file looks for */
import { randomUUID } from 'node:crypto';

/**
 * What may reach a terminal. Records, names of files and answers of servers hold whatever somebody put there, and a terminal obeys
 * escape sequences: it may be renamed, cleared, or made to type. So all that is written to one passes here, and only
 * what we mark as ours goes through as a control character. Files and pipes get every byte as it is.
 */

/** Nobody can guess it, so no text of others can pass for ours. */
const MARK = `\ufdd0${randomUUID()}\ufdd0`;
/** C0 but for tab and line feed, DEL, C1; line breaks of Unicode's own; what turns the direction of the text around. */
const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Our own sequences, which take no room. */
const SEQUENCE = new RegExp(`${MARK}(\u001b\\[[0-9;]*[A-Za-z]|\r)`, 'g');
/** Continued lines are set below the second column if that begins before this one. */
const HANG_MAX = 26;

/** A control character that is ours: for text that goes to a terminal, and nowhere else. */
export const own = (control: '\u001b' | '\r'): string => MARK + control;

/** As JSON writes them: valid within its strings, and plain to see elsewhere. */
export const escaped = (text: string): string =>
  text.replace(UNSAFE, (unsafe) => `\\u${unsafe.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What a terminal gets of it. */
export function forTerminal(text: string): string {
  const [first = '', ...marked] = text.split(MARK);
  return escaped(first) + marked.map((part) => part.charAt(0) + escaped(part.slice(1))).join('');
}

/** Once, before anything is written: by us, by the parser of the command line, or by the SDK. */
export function guardTerminals(streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    if (!stream.isTTY) continue;
    stream.write = (chunk: Uint8Array | string, ...rest: unknown[]): boolean =>
      write(forTerminal(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')), ...rest);
  }
}

/**
 * A line of prose, broken between words at the terminal's width; what goes on stands below the text, behind its label. A word that
 * is longer than that, such as an address, stays whole. As it is where there is no terminal. `hang`: where what goes on stands, if
 * not below the text.
 */
export function wrapped(line: string, columns: number | undefined, hang?: number): string {
  if (columns === undefined || columns === 0 || widthOf(line) <= columns) return line;
  const indent = ' '.repeat(hang ?? hangOf(line, columns));
  const lines: string[] = [];
  let at = '';
  for (const part of line.match(/ *[^ ]+| +$/g) ?? []) {
    if (at.trim() !== '' && widthOf(at + part) > columns) {
      lines.push(at);
      at = indent + part.trimStart();
    } else at += part;
  }
  return [...lines, at].join('\n');
}

/** As it is shown: escaped, and without what takes no room. */
export const widthOf = (text: string): number => [...escaped(text.replace(SEQUENCE, ''))].length;

function hangOf(line: string, columns: number): number {
  const plain = line.replace(SEQUENCE, '');
  const label = /^ *\S+(?: \S+)*? {2,}(?=\S)/.exec(plain)?.[0].length ?? Infinity;
  const own = /^ */.exec(plain)?.[0].length ?? 0;
  return Math.min(label <= HANG_MAX ? label : own + 2, Math.floor(columns / 2));
}
