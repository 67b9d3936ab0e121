/** Every request the page makes, and the one error type that callers have to know. */

import { text } from '../strings';
import { eventsOf } from './event_stream';
import type { Catalogue, Intent, InterviewView, LineKind, NewInterview, Report } from './types';

const SILENCE = 45_000;

/**
 * A request that failed. `status` is 0 when no answer came at all, so that a caller can tell
 * "the server said no" from "we do not know whether the server heard us".
 */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** The server refused: sending the same again will not help, and nothing was taken. */
  get refused(): boolean {
    return this.status >= 400 && this.status < 500;
  }
}

export interface Turn {
  key: string;
  text: string;
  intent: Intent | null;
}

export type TurnEvent =
  | { event: 'accepted'; seq: number; replayed: boolean }
  | { event: 'line'; kind: LineKind; question_id: string | null }
  | { event: 'delta'; text: string }
  | { event: 'done'; view: InterviewView };

export const getCatalogue = (): Promise<Catalogue> => request('/api/catalogue');

export const openInterview = (wish: NewInterview): Promise<InterviewView> =>
  request('/api/interviews', { method: 'POST', body: JSON.stringify(wish) });

export const getInterview = (id: string): Promise<InterviewView> => request(`/api/interviews/${encodeURIComponent(id)}`);

export const getReport = (id: string): Promise<Report> => request(`/api/interviews/${encodeURIComponent(id)}/report`);

/** Sends one turn and yields what comes back. Ends after `done`; anything else is an `ApiError`. */
export async function* sendTurn(id: string, turn: Turn): AsyncGenerator<TurnEvent> {
  const response = await reach(`/api/interviews/${encodeURIComponent(id)}/turns`, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', 'idempotency-key': turn.key },
    body: JSON.stringify({ text: turn.text, intent: turn.intent }),
  });
  if (!response.ok) throw await errorOf(response);
  if (!response.body) throw cut();
  try {
    for await (const { event, data } of eventsOf(response.body, SILENCE)) {
      const value: unknown = JSON.parse(data);
      if (event === 'done') {
        yield { event, view: value as InterviewView };
        return;
      }
      if (event === 'error') {
        const { code, message } = value as { code: string; message: string };
        throw new ApiError(code, message, 500);
      }
      if (event === 'accepted' || event === 'line' || event === 'delta') {
        yield { event, ...(value as object) } as TurnEvent;
      }
    }
  } catch (error) {
    throw error instanceof ApiError ? error : cut();
  }
  throw cut();
}

const cut = (): ApiError => new ApiError('stream-cut', text.errors.streamCut, 0);

async function request<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await reach(path, {
    ...init,
    headers: init.body ? { 'content-type': 'application/json' } : {},
  });
  if (!response.ok) throw await errorOf(response);
  try {
    return (await response.json()) as T;
  } catch {
    throw new ApiError('not-json', text.errors.notUnderstood, response.status);
  }
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch {
    throw new ApiError('unreachable', text.errors.unreachable, 0);
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    return new ApiError(error.code, error.message, response.status);
  } catch {
    // A proxy in between answers in its own words; its status is all that can be relied on.
    return new ApiError('http', text.errors.status(response.status), response.status);
  }
}
