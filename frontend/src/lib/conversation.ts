/** An interview as the page sets it: lines in order, feedback behind the question it belongs to. */

import type { InterviewView, Line, LineKind, QuestionReport } from './api/types';

/** A line while it is still being said; it has no number on the disk yet. */
export interface StreamedLine {
  kind: LineKind;
  question_id: string | null;
  text: string;
}

export type Item =
  | { type: 'line'; id: string; who: Line['who']; kind: LineKind; text: string; question: number; streaming: boolean }
  | { type: 'feedback'; id: string; report: QuestionReport; question: number };

export interface Conversation {
  earlier: Item[];
  /** From the question or follow-up that is open now to the end. */
  now: Item[];
}

export function conversationOf(view: InterviewView, sent: string | null, sentKind: LineKind, streamed: readonly StreamedLine[]): Conversation {
  const items: Item[] = [];
  const feedback = new Map(view.feedback.map((report) => [report.question_id, report]));
  const lastLine = new Map(view.lines.flatMap((line) => (line.question_id ? [[line.question_id, line.seq] as const] : [])));
  let question = 0;
  for (const line of view.lines) {
    if (line.kind === 'question') question += 1;
    items.push({ type: 'line', id: `line-${line.seq}`, who: line.who, kind: line.kind, text: line.text, question, streaming: false });
    const report = line.question_id ? feedback.get(line.question_id) : undefined;
    if (report && line.question_id && lastLine.get(line.question_id) === line.seq) {
      items.push({ type: 'feedback', id: `feedback-${report.question_id}`, report, question });
    }
  }
  // Ids continue the numbers that the disk will give, so that a line keeps its place when it lands there.
  let seq = view.lines.at(-1)?.seq ?? 0;
  if (sent !== null) {
    seq += 1;
    items.push({ type: 'line', id: `line-${seq}`, who: 'candidate', kind: sentKind, text: sent, question, streaming: false });
  }
  streamed.forEach((line, index) => {
    if (line.kind === 'question') question += 1;
    const streaming = index === streamed.length - 1;
    items.push({ type: 'line', id: `reply-${seq}-${index}`, who: 'interviewer', kind: line.kind, text: line.text, question, streaming });
  });
  const open = items.findLastIndex((item) => item.type === 'line' && (item.kind === 'question' || item.kind === 'follow-up'));
  const cut = view.status === 'closed' || open < 0 ? items.length : open;
  return { earlier: items.slice(0, cut), now: items.slice(cut) };
}

/** Whether this message has become a line: it was taken even if nobody could tell us so. */
export function holds(view: InterviewView, message: { text: string; after: number }): boolean {
  return view.lines.some((line) => line.who === 'candidate' && line.seq > message.after && line.text === message.text);
}

/** The interviewer still owes a reply, for instance when the page was reloaded in mid-turn. */
export const awaitsReply = (view: InterviewView): boolean => view.status === 'open' && view.lines.at(-1)?.who === 'candidate';
