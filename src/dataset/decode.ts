import { expandText } from './compaction.js';
import { FernlakeError } from '../errors.js';
import { readJsonText } from './literal.js';
import type { RecordForm } from './form.js';

export { toPythonRepr } from './python-repr.js';

/**
 * A landed row back as the readable record: minified JSON, order of keys and spelling of numbers as in the source.
 * Throws `LakeCorrupt` for what is no landed row, `Configuration` for a code that its dictionary does not have.
 */
export function decodeRow(row: string, { byName, idColumn, isIdInFront }: RecordForm): string {
  const result = readJsonText(row);
  if (!result?.ok) {
    const why = result ? `${result.reason}: ${result.detail}` : 'not a JSON object';
    throw new FernlakeError('LakeCorrupt', 'terminal', `a line of the object is not a landed row (${why})`);
  }
  const own = isIdInFront ? result.fields.filter(({ name }) => name !== idColumn) : result.fields;
  const fields = own.map((field) => {
    const codec = field.type === 'null' ? null : byName.get(field.name)?.codec;
    if (codec && field.type !== 'string') {
      throw new FernlakeError(
        'LakeCorrupt',
        'terminal',
        `${field.name} of a landed row is of type ${field.type}`,
      );
    }
    const value = codec ? JSON.stringify(expandText(codec, field.text, field.name)) : field.json;
    return `${JSON.stringify(field.name)}:${value}`;
  });
  return `{${fields.join(',')}}`;
}
