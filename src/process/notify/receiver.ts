import type { Receiver } from '../../config/file/settings.js';
import type { Notice } from './notice.js';

/** A receiver in words, without what is secret: the address of a webhook is. */
export const receiverName = (receiver: Receiver): string =>
  'webhook' in receiver ? `the webhook at ${new URL(receiver.webhook).host}` : `${receiver.smtp.host} (SMTP)`;

const TIMEOUT_MS = 15_000;

/** Resolves once the receiver has taken it. Throws NoticeRefused, in words that hold no secret. */
export async function send(receiver: Receiver, notice: Notice): Promise<void> {
  try {
    await ('webhook' in receiver ? post(receiver.webhook, notice) : mail(receiver.smtp, notice));
  } catch (error) {
    throw new NoticeRefused(`${receiverName(receiver)} did not take a notice: ${whyOf(error)}`, {
      cause: error,
    });
  }
}

class NoticeRefused extends Error {
  override readonly name = 'NoticeRefused';
}

/** A status, or the code of the fault: what a server wrote is not repeated. */
function whyOf(error: unknown): string {
  if (error instanceof Refused) return error.message;
  const { code, responseCode, cause, name } = error as Error & { code?: string; responseCode?: number };
  const inner = (cause as { code?: string } | undefined)?.code;
  return [code ?? inner ?? name, responseCode].filter((part) => part !== undefined).join(' ');
}

class Refused extends Error {
  override readonly name = 'Refused';
}

/** One line, and what to do below it. */
export const textOf = ({ dataset, state, what, mend, since }: Notice): string =>
  `${state === 'over' ? 'OVER' : 'fernlake'} ${dataset}: ${what}${state === 'over' ? ` (since ${since})` : ''}${mend === '' ? '' : `\n${mend}`}`;

/** Slack takes its own form and no other field; all others get every field, and `text` for chats that speak Slack's. */
async function post(address: string, notice: Notice): Promise<void> {
  const text = textOf(notice);
  const isSlack = new URL(address).host.endsWith('slack.com');
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(isSlack ? { text } : { text, ...notice }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Refused(`status ${response.status}`);
}

async function mail(smtp: Extract<Receiver, { smtp: unknown }>['smtp'], notice: Notice): Promise<void> {
  const { host, port, username, password, from, to } = smtp;
  // Loaded only where a mail is sent.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    ...{ host, port, secure: port === 465 },
    ...{ connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    ...(username === undefined
      ? {}
      : { auth: { user: username, pass: password ?? '' }, requireTLS: port !== 465 }),
  });
  try {
    const [subject = ''] = textOf(notice).split('\n', 1);
    await transport.sendMail({ from, to: [...to], subject: subject.slice(0, 200), text: textOf(notice) });
  } finally {
    transport.close();
  }
}
