import { FernlakeError } from '../errors.js';

/** Which lake is meant. */
export interface LakeName {
  /** Made once, when the lake is first written to; a copy has it, too. */
  readonly id: string;
  /** Where it was seen; for people. */
  readonly uri: string;
}

/** `lake.json`, at the lake's root. */
export const LAKE_KEY = 'lake.json';
/** Of the layout of keys and objects. */
const FORM = 1;
const ID_FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isLakeId = (text: string): boolean => ID_FORM.test(text);

export const encodeLake = (id: string): Buffer => Buffer.from(`${JSON.stringify({ id, form: FORM })}\n`);

/** The id in a `lake.json`. Throws `LakeCorrupt` for what is none, and for a form that this version does not know. */
export function decodeLake(text: string, uri: string): string {
  let read: { readonly id?: unknown; readonly form?: unknown } | null | undefined;
  try {
    read = JSON.parse(text) as typeof read;
  } catch {
    // Told below, with the mend.
  }
  const id = read?.id;
  const form = read?.form;
  if (typeof id !== 'string' || !isLakeId(id) || typeof form !== 'number')
    throw corrupt(
      uri,
      `cannot be read: put the former one back, {"id":"…","form":${FORM}}; the schedule's settings (npx fernlake schedule show) and each run's input hold the id`,
    );
  if (form !== FORM)
    throw corrupt(uri, `is of form ${form}, which a newer fernlake has written: upgrade this one`);
  return id;
}

const corrupt = (uri: string, what: string): FernlakeError =>
  new FernlakeError('LakeCorrupt', 'terminal', `${uri}/${LAKE_KEY} ${what}`, { details: { lake: uri } });

/** `lake 3f9a12cd-… at s3://bucket/lake` */
export const lakeWords = ({ id, uri }: LakeName): string => `lake ${id} at ${uri}`;
