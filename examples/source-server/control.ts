import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Behaviour, checkShares, isBehaviour, type Shares } from './misbehaviour.js';
import { bodyOf, send } from './respond.js';

/** What can be told to a running server. */
export interface Controls {
  readonly script: (behaviours: readonly Behaviour[]) => void;
  readonly setFail: (shares: Shares) => void;
  readonly status: () => Readonly<Record<string, unknown>>;
}

/**
 * `POST /control {"script": ["502", "ok", …], "fail": {"html": 0.1}}` and `GET /control`, for this machine only.
 * A POST must say that it is JSON: a web page in the user's browser cannot do that without asking first.
 */
export async function control(
  request: IncomingMessage,
  response: ServerResponse,
  controls: Controls,
): Promise<void> {
  const from = request.socket.remoteAddress ?? '';
  if (!/^(::ffff:)?127\.|^::1$/.test(from)) return answer(response, 403, { error: 'only from this machine' });
  if (request.method === 'GET') return answer(response, 200, controls.status());
  if (request.method !== 'POST' || !request.headers['content-type']?.startsWith('application/json')) {
    return answer(response, 415, { error: 'POST with content-type: application/json' });
  }
  const fault = obey(await bodyOf(request), controls);
  return fault === undefined
    ? answer(response, 200, controls.status())
    : answer(response, 400, { error: fault });
}

/** What is wrong with the command; undefined when it was carried out. */
function obey(text: string, controls: Controls): string | undefined {
  try {
    const { script, fail } = JSON.parse(text) as { script?: unknown; fail?: Shares };
    if (fail !== undefined) checkShares(fail);
    if (script !== undefined && !(Array.isArray(script) && script.every(isBehaviour)))
      return 'script: a list of behaviours';
    if (fail !== undefined) controls.setFail(fail);
    if (script !== undefined) controls.script(script);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'not understood';
  }
}

function answer(response: ServerResponse, status: number, body: unknown): Promise<void> {
  return send(response, { status, body: `${JSON.stringify(body)}\n` });
}
