import { describe, expect, test } from 'vitest';
import { awaitsReply, conversationOf, holds } from '../src/lib/conversation';
import { line, report, view } from './fixtures';

const opening = line(1, 'opening', 'Welcome', null);
const first = line(2, 'question', 'Why?');
const answer = line(3, 'answer', 'Because.');
const second = line(4, 'question', 'How?', 'q/two');

describe('the conversation', () => {
  test('what is asked now stands apart from what was before', () => {
    const { earlier, now } = conversationOf(view([opening, first, answer, second]), null, 'answer', []);
    expect(earlier.map((item) => item.id)).toEqual(['line-1', 'line-2', 'line-3']);
    expect(now.map((item) => item.id)).toEqual(['line-4']);
    expect(now[0]?.question).toBe(2);
  });

  test('feedback follows the last line of its question', () => {
    const done = view([opening, first, answer, second], { feedback: [report([])] });
    expect(conversationOf(done, null, 'answer', []).earlier.map((item) => item.id)).toEqual(['line-1', 'line-2', 'line-3', 'feedback-q/one']);
  });

  test('what was sent and what streams come after, and a streamed question becomes the open one', () => {
    const { earlier, now } = conversationOf(view([opening, first]), 'Because.', 'answer', [
      { kind: 'note', question_id: 'q/one', text: 'Good.' },
      { kind: 'question', question_id: 'q/two', text: 'Ho' },
    ]);
    expect(earlier).toHaveLength(4);
    expect(now).toHaveLength(1);
    expect(now[0]).toMatchObject({ kind: 'question', question: 2, streaming: true });
  });

  test('a closed interview has nothing open', () => {
    const closed = view([opening, first, answer, line(4, 'closing', 'Bye', null)], { status: 'closed' });
    expect(conversationOf(closed, null, 'answer', []).now).toEqual([]);
  });
});

describe('a message of unknown fate', () => {
  test('was taken if it is among the lines that came after it was sent', () => {
    expect(holds(view([opening, first, answer]), { text: 'Because.', after: 2 })).toBe(true);
    expect(holds(view([opening, first, answer]), { text: 'Because.', after: 3 })).toBe(false);
    expect(holds(view([opening, first, answer]), { text: 'Why?', after: 1 })).toBe(false);
  });

  test('is owed a reply while it is the last line of an open interview', () => {
    expect(awaitsReply(view([opening, first, answer]))).toBe(true);
    expect(awaitsReply(view([opening, first]))).toBe(false);
    expect(awaitsReply(view([opening, first, answer], { status: 'closed' }))).toBe(false);
  });
});
