import { MONTHS } from '../../dataset/time-spellings.js';
import type { Dialect } from './dialect.js';
import { isVerbatim, lines } from './sql-case.js';

/** Where the parts of a spelling stand, as SQL texts; `rest` is what follows the minute (or the second). */
interface Spelling {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
  /** Three digits. */
  readonly ms: string;
  readonly rest: string;
}

/**
 * The instant of a landed time: `221205121400179`, or any spelling that `epochMsOf` takes, verbatim behind `=`. In front of the `=`
 * of a local time stands its instant, as such a code or, of another century, as `1999-12-31T23:00:00.000Z`. By places and patterns
 * that all engines read alike; a row holds no other spelling, so nothing here can fail.
 */
export function readableTime(column: string, dialect: Dialect): string {
  const at = (place: number, length: number): string => `substr(${column}, ${place}, ${length})`;
  const code = `'20' || ${at(1, 2)} || '-' || ${at(3, 2)} || '-' || ${at(5, 2)} || ' ' || ${at(7, 2)} || ':' || ${at(9, 2)} || ':' || ${at(11, 2)} || '.' || ${at(13, 3)}`;
  const instantInFront = `${at(1, 10)} || ' ' || ${at(12, 12)}`;
  return lines([
    `CASE WHEN ${at(5, 1)} = '-' THEN ${dialect.timestamp(instantInFront)}`,
    `WHEN NOT ${isVerbatim(column)} THEN ${dialect.timestamp(code)}`,
    `WHEN ${at(6, 1)} = '-' THEN ${instant(extended(column), dialect)}`,
    `WHEN ${at(5, 1)} = ',' THEN ${instant(rfc1123(column), dialect)}`,
    `ELSE ${instant(basic(column), dialect)}`,
    'END',
  ]);
}

/** `=2024-03-02 05:10:00,123 +00:00`; the seconds may lack. */
function extended(column: string): Spelling {
  const at = (place: number, length = 2): string => `substr(${column}, ${place}, ${length})`;
  return {
    ...{ year: at(2, 4), month: at(7), day: at(10), hour: at(13), minute: at(16) },
    second: `CASE WHEN ${at(18, 1)} = ':' THEN ${at(19)} ELSE '00' END`,
    ms: msAt(column, 21),
    rest: `substr(${column}, 18)`,
  };
}

/** `=20240302T051000.123Z` */
function basic(column: string): Spelling {
  const at = (place: number, length = 2): string => `substr(${column}, ${place}, ${length})`;
  return {
    ...{ year: at(2, 4), month: at(6), day: at(8), hour: at(11), minute: at(13), second: at(15) },
    ms: msAt(column, 17),
    rest: `substr(${column}, 17)`,
  };
}

/** `=Sat, 02 Mar 2024 05:10:00 GMT` */
function rfc1123(column: string): Spelling {
  const at = (place: number, length = 2): string => `substr(${column}, ${place}, ${length})`;
  const months = MONTHS.map((name, i) => `WHEN '${name}' THEN '${String(i + 1).padStart(2, '0')}'`);
  return {
    ...{ year: at(14, 4), month: `CASE ${at(10, 3)} ${months.join(' ')} END`, day: at(7) },
    ...{ hour: at(19), minute: at(22), second: at(25), ms: `'000'` },
    rest: `substr(${column}, 27)`,
  };
}

/** Of up to nine decimals behind a point or a comma at this place the first three. */
function msAt(column: string, place: number): string {
  const digits = `regexp_replace(substr(${column}, ${place + 1}, 3) || ' ', '[^0-9].*$', '')`;
  return `CASE WHEN substr(${column}, ${place}, 1) IN ('.', ',') THEN substr(${digits} || '000', 1, 3) ELSE '000' END`;
}

/** As `wallMsOf` has it: second 60 ends its minute, 24:00 its day. */
function instant({ year, month, day, hour, minute, second, ms, rest }: Spelling, dialect: Dialect): string {
  const clock = `CASE WHEN ${hour} = '24' THEN '00' ELSE ${hour} END || ':' || ${minute} || ':'`;
  const seconds = `CASE WHEN ${second} = '60' THEN '59.999' ELSE ${second} || '.' || ${ms} END`;
  const wall = `${year} || '-' || ${month} || '-' || ${day} || ' ' || ${clock} || ${seconds}`;
  const nextDay = `CASE WHEN ${hour} = '24' THEN 1440 ELSE 0 END`;
  return dialect.minusMinutes(dialect.timestamp(wall), `${offsetMinutes(rest, dialect)} - ${nextDay}`);
}

/** Of `Z`, ` UTC`, `+0530`, ` +00:00`, `+00` and the like, behind seconds and decimals. */
function offsetMinutes(rest: string, { integer }: Dialect): string {
  const bare = `regexp_replace(${rest}, '^(:[0-9][0-9])?([.,][0-9]*)? ?', '')`;
  const offset = `regexp_replace(${bare}, '[^-+:0-9].*$', '')`;
  const sign = `substr(${offset}, 1, 1)`;
  const hours = integer(`substr(${offset}, 2, 2)`);
  const minutes = integer(`substr(regexp_replace(${offset}, ':', '') || '00', 4, 2)`);
  const sum = `${hours} * 60 + ${minutes}`;
  return `CASE WHEN ${sign} = '+' THEN ${sum} WHEN ${sign} = '-' THEN -(${sum}) ELSE 0 END`;
}
