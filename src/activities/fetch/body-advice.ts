import type { Buffer } from 'node:buffer';
import type { AnswerForm } from '../../dataset/envelope.js';
import { arrayIn } from './answer-path.js';
import { isHtml } from './body-class.js';

const START_BYTES = 4_096;
const SAID_OF_ERRORS = /^(errors?|error_?(code|message|description)|message|msg|detail|title|reason|fault)$/i;

const NO_RECORDS = 'an API without records answers []';
const WRONG_URL = 'look whether the source URL is that of the log API';
const WRONG_PATH = 'look at an answer with curl, and set data_selector to the names that lead to its array';
const CUT = 'it was packed wrongly, or cut off on the way';
const SET_PATH = 'say so in fernlake.yaml, data_selector:';
const ALONE = 'have the API, or a service in between, answer with the array alone';

/** What a body that is no array of records usually is, and what to do about it, without a letter of its content but names of fields. */
export function adviceOnBody(text: Buffer, form: AnswerForm): string {
  const start = text
    .toString('utf8', 0, START_BYTES)
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (start.startsWith('<')) {
    return isHtml(start)
      ? 'a page for people, as a login, a proxy or a server under maintenance shows it; open the source URL in a browser, and check its path and credentials'
      : 'look in the docs of the API for how to ask it for JSON, and set the source URL so';
  }
  const value = parsed(text);
  if (value !== undefined) return adviceOnValue(value, form);
  if (start.startsWith('{')) return adviceOnLines(start);
  if (/^\[\s*\{\s*'/.test(start))
    return "it is in Python's spelling: have the API send json.dumps(records), not str(records)";
  if (/^[\w$.]+\(\s*[[{]/.test(start))
    return 'it is a call in JavaScript (JSONP): leave the callback out of the parameters in the source URL';
  return text[0] === 0x1f && text[1] === 0x8b ? CUT : WRONG_URL;
}

function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    return undefined;
  }
}

function adviceOnValue(value: unknown, form: AnswerForm): string {
  if (value === null) return NO_RECORDS;
  if (typeof value === 'string' && /^\s*[[{]/.test(value))
    return 'it is JSON within a JSON text, encoded twice: have the API encode it once';
  if (typeof value !== 'object') return WRONG_URL;
  const keys = Object.keys(value);
  if (keys.length === 0) return NO_RECORDS;
  const { idField, payloadField } = form;
  if (idField in value && (payloadField === null || payloadField in value))
    return 'it is one record without an array around it: have the API answer [ … ], also for one';
  const found = arrayIn(value);
  if (found !== undefined)
    return `its array is in ${found.path} (${found.length} elements): ${SET_PATH} ${found.path}`;
  if (keys.some((key) => SAID_OF_ERRORS.test(key)))
    return 'it looks like an error message of the API: ask it with curl, and read it';
  return `no array of records is in it: check the source URL, or ${ALONE}`;
}

/** Of JSON that has no array where `data_selector` says. */
export function adviceOnPath(value: unknown, form: AnswerForm): string {
  if (Array.isArray(value)) return 'the answer is an array itself: leave data_selector out of fernlake.yaml';
  if (typeof value !== 'object' || value === null) return adviceOnValue(value, form);
  const found = arrayIn(value);
  if (found !== undefined) return adviceOnValue(value, form);
  return Object.keys(value).some((key) => SAID_OF_ERRORS.test(key)) ? adviceOnValue(value, form) : WRONG_PATH;
}

function adviceOnLines(start: string): string {
  const [first = ''] = start.split('\n', 1);
  try {
    JSON.parse(first);
    return `it is one JSON object a line (NDJSON): ${ALONE}`;
  } catch {
    return 'it looks like an object that is cut off or in another spelling; ask the API with curl, and look';
  }
}
