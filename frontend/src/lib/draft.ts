/**
 * What the candidate has written but the server has not acknowledged, kept in the browser.
 *
 * A message that was sent keeps its idempotency key here until it is acknowledged: after a lost
 * connection or a reload the same words go out under the same key, so the server takes them once.
 */

import type { Turn } from './api/client';

export interface Pending extends Turn {
  /** Number of the last line known when this was sent; anything it became comes after. */
  after: number;
}

export interface Draft {
  text: string;
  pending: Pending | null;
}

export type KeptState = 'empty' | 'saved' | 'not-saved';

type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const empty = (): Draft => ({ text: '', pending: null });

export class DraftStore {
  constructor(
    private readonly interviewId: string,
    private readonly shelf: Shelf | null = browserShelf(),
    private readonly newKey: () => string = freshKey,
  ) {}

  read(): Draft {
    try {
      const kept: unknown = JSON.parse(this.shelf?.getItem(this.#name) ?? 'null');
      return isDraft(kept) ? kept : empty();
    } catch {
      return empty();
    }
  }

  write(draft: Draft): KeptState {
    const nothing = draft.text === '' && draft.pending === null;
    try {
      if (!this.shelf) return nothing ? 'empty' : 'not-saved';
      if (nothing) this.shelf.removeItem(this.#name);
      else this.shelf.setItem(this.#name, JSON.stringify(draft));
      return nothing ? 'empty' : 'saved';
    } catch {
      return 'not-saved';
    }
  }

  /** The draft with this message marked as sent: under its first key if it was tried before. */
  sending(draft: Draft, text: string, intent: Turn['intent'], after: number): Draft & { pending: Pending } {
    const tried = draft.pending;
    const same = tried !== null && tried.text === text && tried.intent === intent;
    return { text: draft.text, pending: same ? tried : { key: this.newKey(), text, intent, after } };
  }

  get #name(): string {
    return `viva.draft.${this.interviewId}`;
  }
}

/** The draft once the server has taken the message with this key. Words typed since stay. */
export function acknowledged(draft: Draft, key: string): Draft {
  const sent = draft.pending;
  if (!sent || sent.key !== key) return draft;
  const wasTheDraft = sent.intent === null && sent.text === draft.text;
  return { text: wasTheDraft ? '' : draft.text, pending: null };
}

/** The draft once the server has refused the message: the words stay, the key is spent. */
export const refused = (draft: Draft): Draft => ({ text: draft.text, pending: null });

/** `crypto.randomUUID` is missing on plain http outside localhost; random bytes are not. */
export function freshKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false;
  const { text, pending } = value as Record<string, unknown>;
  if (typeof text !== 'string') return false;
  if (pending === null) return true;
  if (typeof pending !== 'object') return false;
  const { key, text: sent, intent, after } = pending as Record<string, unknown>;
  return (
    typeof key === 'string' &&
    typeof sent === 'string' &&
    (intent === null || typeof intent === 'string') &&
    typeof after === 'number'
  );
}

/** Reading `localStorage` throws where the browser forbids it. */
export function browserShelf(): Storage | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}
