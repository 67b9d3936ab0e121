/**
 * One interview on the page: what the server holds, what is on its way, and what is still a draft.
 *
 * A message counts as sent only when the server says so. Whenever that is in doubt (no network, a cut
 * stream, a broken proxy) the interview is read again first: if the message is there, it was taken.
 */

import { ApiError, getInterview, sendTurn } from './api/client';
import type { Intent, InterviewView } from './api/types';
import { awaitsReply, conversationOf, holds, type StreamedLine } from './conversation';
import { acknowledged, DraftStore, refused, type Draft, type KeptState, type Pending } from './draft';
import { forgetInterview, rememberInterview } from './open_interview';
import { text } from './strings';

const REREADS = 30;
const REREADS_IN_VAIN = 4;
const REREAD_PAUSE = 1_000;

type Phase = 'quiet' | 'sending' | 'replying';

export interface Trouble {
  message: string;
  /** What "Try again" does, where trying again can help. */
  retry: (() => Promise<void>) | null;
}

export class InterviewSession {
  view = $state.raw<InterviewView | null>(null);
  /** Why the interview could not be opened at all. */
  failure = $state.raw<ApiError | null>(null);
  phase = $state<Phase>('quiet');
  trouble = $state.raw<Trouble | null>(null);
  draft = $state.raw<Draft>({ text: '', pending: null });
  kept = $state<KeptState>('empty');
  /** What a screen reader is told: each reply once, when it is complete. */
  announcement = $state('');
  /** When `view` was read, by this machine's clock. The two clocks are never compared. */
  readAt = $state(Date.now());

  #sent = $state.raw<Pending | null>(null);
  #streamed = $state<StreamedLine[]>([]);
  #store: DraftStore;
  #left = false;

  readonly conversation = $derived(
    this.view
      ? conversationOf(this.view, this.#sent?.text ?? null, this.#sent?.intent ? 'request' : 'answer', this.#streamed)
      : { earlier: [], now: [] },
  );

  constructor(readonly id: string) {
    this.#store = new DraftStore(id);
    this.draft = this.#store.read();
    this.kept = this.draft.text ? 'saved' : 'empty';
  }

  /** Reads the interview; afterwards nothing this class does reaches the page once `leave` was called. */
  async load(): Promise<void> {
    this.failure = null;
    try {
      this.#take(await getInterview(this.id));
    } catch (error) {
      this.failure = asApiError(error);
      if (this.failure.status === 404) forgetInterview(this.id);
      return;
    }
    const view = this.view;
    const pending = this.draft.pending;
    if (view && pending) {
      if (holds(view, pending)) this.#keep(acknowledged(this.draft, pending.key));
      else if (view.status === 'open') this.trouble = this.#unsent(text.interview.leftUnsent, pending);
    }
    if (view && awaitsReply(view)) await this.#catchUp();
  }

  leave(): void {
    this.#left = true;
  }

  /** Reads the interview again after the page was out of sight: another window may have moved it on. */
  async refresh(): Promise<void> {
    if (this.phase !== 'quiet' || !this.view) return;
    try {
      const view = await getInterview(this.id);
      if (this.phase === 'quiet') this.#take(view);
    } catch {
      // What is on the page still holds; the next message will say what is wrong.
    }
  }

  write(words: string): void {
    this.#keep({ text: words, pending: this.draft.pending });
  }

  async answer(): Promise<void> {
    if (this.draft.text.trim() === '') return;
    await this.#send(this.draft.text, null);
  }

  async ask(intent: Intent): Promise<void> {
    await this.#send(text.requests[intent].said, intent);
  }

  async #send(words: string, intent: Intent | null): Promise<void> {
    if (this.phase !== 'quiet' || !this.view) return;
    const unsure = this.draft.pending;
    this.phase = 'sending';
    this.trouble = null;
    try {
      if (unsure && (unsure.text !== words || unsure.intent !== intent) && (await this.#wasTaken(unsure))) {
        // What went before did arrive. This one was written in answer to something older: let it be read again.
        await this.#catchUp();
        this.trouble ??= { message: text.interview.earlierArrived, retry: null };
        return;
      }
      const draft = this.#store.sending(this.draft, words, intent, this.view.lines.at(-1)?.seq ?? 0);
      this.#keep(draft);
      await this.#deliver(draft.pending);
    } finally {
      this.phase = 'quiet';
    }
  }

  async #deliver(message: Pending): Promise<void> {
    let accepted = false;
    try {
      for await (const event of sendTurn(this.id, message)) {
        if (this.#left) return;
        if (event.event === 'accepted') {
          accepted = true;
          this.#keep(acknowledged(this.draft, message.key));
          if (!event.replayed) this.#sent = message;
          this.phase = 'replying';
        } else if (event.event === 'line') {
          this.#streamed.push({ kind: event.kind, question_id: event.question_id, text: '' });
        } else if (event.event === 'delta') {
          const line = this.#streamed.at(-1);
          if (line) line.text += event.text;
        } else {
          this.#take(event.view);
        }
      }
    } catch (error) {
      if (accepted) await this.#catchUp();
      else await this.#recover(message, asApiError(error));
    }
  }

  async #recover(message: Pending, error: ApiError): Promise<void> {
    if (error.code === 'turn-in-flight') {
      this.trouble = this.#unsent(error.message, message);
    } else if (error.refused) {
      this.#keep(refused(this.draft));
      this.trouble = { message: error.message, retry: null };
      if (error.code === 'interview-closed') await this.#reread();
    } else if (await this.#wasTaken(message)) {
      await this.#catchUp();
    } else {
      this.trouble = this.#unsent(text.interview.notSent(error.message), message);
    }
  }

  #unsent(message: string, pending: Pending): Trouble {
    // An answer may be corrected before it goes out again: then it is another message with another key.
    const again = (): Promise<void> =>
      pending.intent ? this.#send(pending.text, pending.intent) : this.answer();
    return { message, retry: again };
  }

  /** Whether a message of unknown fate is in the interview; takes over what the server holds. */
  async #wasTaken(message: Pending): Promise<boolean> {
    const view = await this.#reread();
    if (!view || !holds(view, message)) return false;
    this.#keep(acknowledged(this.draft, message.key));
    return true;
  }

  async #reread(): Promise<InterviewView | null> {
    try {
      const view = await getInterview(this.id);
      this.#take(view);
      return view;
    } catch {
      return null;
    }
  }

  /** Reads on until the reply is there whose stream was lost; the server finishes a turn by itself. */
  async #catchUp(): Promise<void> {
    this.phase = 'replying';
    this.trouble = null;
    let vain = 0;
    for (let round = 0; round < REREADS && vain < REREADS_IN_VAIN && !this.#left; round += 1) {
      const view = await this.#reread();
      if (view && !awaitsReply(view)) {
        this.phase = 'quiet';
        return;
      }
      if (!view) vain += 1;
      await new Promise((resolve) => setTimeout(resolve, REREAD_PAUSE));
    }
    this.phase = 'quiet';
    this.trouble = { message: text.interview.replyLate, retry: () => this.#catchUp() };
  }

  #take(view: InterviewView): void {
    if (this.#left) return;
    const known = this.view?.lines.at(-1)?.seq;
    const said = view.lines.filter((line) => known !== undefined && line.seq > known && line.who === 'interviewer');
    if (said.length > 0) this.announcement = said.map((line) => line.text).join('\n');
    this.view = view;
    this.readAt = Date.now();
    this.#sent = null;
    this.#streamed = [];
    if (view.status === 'open') rememberInterview(view.id);
    else forgetInterview(view.id);
  }

  #keep(draft: Draft): void {
    this.draft = draft;
    const kept = this.#store.write(draft);
    this.kept = draft.text === '' && kept === 'saved' ? 'empty' : kept;
  }
}

const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError('page', text.errors.page(String(error)), 0);
