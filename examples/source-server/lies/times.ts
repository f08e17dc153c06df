import { pythonRepr } from '../python-repr.js';
import { BAD, landing, type Lie, quarantined, type Stage } from './lie.js';

/** `stage`'s odd record, whose time `spell` makes of the canonical one, `2023-04-20T13:12:06.819Z`. */
const envelopeOf =
  (spell: (iso: string) => string) =>
  (stage: Stage): ReturnType<Stage['envelope']> => {
    const record = stage.record(BAD);
    return stage.envelope(BAD, pythonRepr({ ...record, inDate: spell(record.inDate) }));
  };

/** A spelling of one meaning: it lands. */
const lands = (name: string, serves: string, spell: (iso: string) => string): Lie =>
  landing(`time-${name}`, `a time ${serves}`, envelopeOf(spell));

/** A spelling of two meanings, or of none. */
const refused = (name: string, serves: string, spell: (iso: string) => string): Lie =>
  quarantined(`time-${name}`, `a time ${serves}`, 'bad-time', envelopeOf(spell));

/** `2023-04-20T13:12:06.819` */
const bare = (iso: string): string => iso.slice(0, -1);
const spaced = (iso: string): string => bare(iso).replace('T', ' ');
const rfc1123 = (iso: string): string => new Date(iso).toUTCString();

const LANDING: readonly Lie[] = [
  lands('python-logging', "as Python's logging writes it, without a zone", (iso) =>
    spaced(iso).replace('.', ','),
  ),
  lands('comma-offset', 'with a comma and an offset', (iso) => `${spaced(iso).replace('.', ',')}+0000`),
  lands('no-zone', 'without a zone', bare),
  lands('bare-offset', 'with an offset without its colon', (iso) => `${bare(iso)}+0000`),
  lands('spaced-offset', 'with a blank before its offset', (iso) => `${spaced(iso)} +00:00`),
  lands(
    'hour-offset',
    'with an offset of hours alone, as PostgreSQL writes it',
    (iso) => `${spaced(iso)}+00`,
  ),
  lands('odd-offset', 'with an offset of five and a half hours', (iso) => `${bare(iso)}+0530`),
  lands('unknown-offset', 'with the offset -00:00', (iso) => `${bare(iso)}-00:00`),
  lands('utc-word', 'with the word UTC', (iso) => `${spaced(iso)} UTC`),
  lands('go', 'as Go prints it', (iso) => `${spaced(iso)} +0000 UTC`),
  lands('java', 'as Java prints it', (iso) => `${bare(iso)}Z[UTC]`),
  lands('small-letters', 'in small letters', (iso) => iso.toLowerCase()),
  lands('nine-decimals', 'with nine decimals', (iso) => `${bare(iso)}123456Z`),
  lands('one-decimal', 'with one decimal', (iso) => `${iso.slice(0, 21)}Z`),
  lands('no-seconds', 'without seconds', (iso) => `${iso.slice(0, 16)}Z`),
  lands('basic', 'without punctuation', (iso) => `${iso.slice(0, 19).replaceAll(/[-:]/g, '')}Z`),
  lands('leap-second', 'in a leap second', () => '2016-12-31T23:59:60Z'),
  lands('hour-24', 'at the end of a day', () => '2022-12-31T24:00:00Z'),
  lands('rfc-1123', 'as HTTP writes it', rfc1123),
  lands('rfc-1123-offset', 'as mail writes it', (iso) => rfc1123(iso).replace('GMT', '-0000')),
];

const REFUSED: readonly Lie[] = [
  refused('slashes', 'whose day and month may be the other way round', () => '02/03/2024 05:10:00'),
  refused('two-digit-year', 'with a year of two digits', (iso) => iso.slice(2)),
  refused('zone-name', 'with a zone name that several zones have', (iso) => `${spaced(iso)} EST`),
  refused('two-zones', 'in two zones at once', (iso) => `${bare(iso)}+02:00[UTC]`),
  refused('other-weekday', 'on another day of the week', (iso) =>
    rfc1123(iso).replace(/^\w+/, (day) => (day === 'Mon' ? 'Tue' : 'Mon')),
  ),
  refused('rfc-850', 'as HTTP wrote it once', () => 'Saturday, 02-Mar-24 05:10:00 GMT'),
  refused('asctime', "as C's asctime writes it", () => 'Sat Mar  2 05:10:00 2024'),
  refused('epoch-text', 'in digits that may be seconds or milliseconds', () => '1709356200'),
  refused('second-61', 'in a second that no clock shows', (iso) => `${iso.slice(0, 17)}61Z`),
  refused('after-24', 'later than the end of a day', (iso) => `${iso.slice(0, 10)}T24:00:01Z`),
  refused('offset-24', 'with an offset of a whole day', (iso) => `${bare(iso)}+24:00`),
];

export const TIME_LIES: readonly Lie[] = [...LANDING, ...REFUSED];
