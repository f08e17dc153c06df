import type { SourceRequest } from '../../config/source.js';
import type { AnswerForm } from '../../dataset/envelope.js';
import { LIMITS } from '../../limits.js';
import { parseAddress } from './address.js';
import { failureOfStatus, judge, type Received } from './answer.js';
import { createClient, TIMEOUT_MS_DEFAULT } from './client.js';
import { credentialsOf } from './credentials.js';
import { within } from './deadline.js';
import type { Answer, PageQuestion, Source } from './port.js';
import { cacheBusterOf, createQuestions } from './question.js';
import { receive } from './receive.js';

const UNAUTHORIZED = 401;

/**
 * The log API over HTTP. `poll` asks once: Temporal owns the retries. Connections are kept alive between polls.
 * When its signal aborts, `poll` rejects at once with the signal's reason. `bodyBytesMax`: decoded bytes of one answer.
 * Throws FernlakeError `Configuration` for what cannot be asked.
 */
export function createHttpSource(
  request: SourceRequest,
  form: AnswerForm,
  bodyBytesMax: number = LIMITS.bodyBytesMax,
): Source {
  const address = parseAddress(request.url, request.proxy);
  const credentials = credentialsOf(request, address);
  const questions = createQuestions(address.url, request);
  const client = createClient(address, request);
  const timeoutMs = request.timeoutMs ?? TIMEOUT_MS_DEFAULT;
  const about = { address, cacheBuster: cacheBusterOf(request), credentials: credentials.advice };

  async function ask(
    signal: AbortSignal,
    page: PageQuestion,
  ): Promise<{ readonly received: Received; readonly elapsedMs: number }> {
    const { url, ...rest } = questions(await credentials.pass(signal), page);
    const startMs = performance.now();
    const received = await receive(client.stream(url, { ...rest, signal }), address, bodyBytesMax);
    return { received, elapsedMs: Math.round(performance.now() - startMs) };
  }

  async function poll(signal?: AbortSignal, page: PageQuestion = {}): Promise<Answer> {
    const { received, elapsedMs } = await within(timeoutMs, address, signal, async (both) => {
      const first = await ask(both, page);
      return first.received.status === UNAUTHORIZED && credentials.drop() ? await ask(both, page) : first;
    });
    const fetchedAtMs = Date.now();
    const refusal = failureOfStatus(received, about, fetchedAtMs);
    if (refusal !== undefined) throw refusal;
    const { elements, fault } = judge(received, address, form);
    const answer = { body: received.body, envelopes: elements, status: received.status };
    return { ...answer, fetchedAtMs, elapsedMs, ...(fault === undefined ? {} : { fault }) };
  }

  return { poll, pages: request.incremental };
}

/** The Date that the source's server puts on any answer; undefined: no answer, or none with a date. No credentials go. */
export async function askDate(request: SourceRequest, timeoutMs: number): Promise<number | undefined> {
  const address = parseAddress(request.url, request.proxy);
  try {
    const { headers } = await createClient(address, request).head(address.shown, {
      followRedirect: false,
      timeout: { request: timeoutMs },
    });
    const ms = Date.parse(headers.date ?? '');
    return Number.isNaN(ms) ? undefined : ms;
  } catch {
    return undefined;
  }
}
