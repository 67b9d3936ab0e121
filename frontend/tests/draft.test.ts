import { describe, expect, test } from 'vitest';
import { acknowledged, DraftStore, freshKey, refused } from '../src/lib/draft';

class Shelf {
  kept = new Map<string, string>();
  full = false;
  getItem = (name: string): string | null => this.kept.get(name) ?? null;
  setItem = (name: string, value: string): void => {
    if (this.full) throw new DOMException('full', 'QuotaExceededError');
    this.kept.set(name, value);
  };
  removeItem = (name: string): void => void this.kept.delete(name);
}

function storeOn(shelf: Shelf | null, id = 'one'): DraftStore {
  let number = 0;
  return new DraftStore(id, shelf, () => `key-${(number += 1)}`);
}

describe('the draft', () => {
  test('is read back by the next page, for its own interview only', () => {
    const shelf = new Shelf();
    expect(storeOn(shelf).write({ text: 'half a thought', pending: null })).toBe('saved');
    expect(storeOn(shelf).read().text).toBe('half a thought');
    expect(storeOn(shelf, 'two').read().text).toBe('');
  });

  test('leaves nothing behind when it is empty', () => {
    const shelf = new Shelf();
    const store = storeOn(shelf);
    store.write({ text: 'x', pending: null });
    expect(store.write({ text: '', pending: null })).toBe('empty');
    expect(shelf.kept.size).toBe(0);
  });

  test('says so when the browser does not keep it', () => {
    const shelf = new Shelf();
    shelf.full = true;
    expect(storeOn(shelf).write({ text: 'x', pending: null })).toBe('not-saved');
    expect(storeOn(null).write({ text: 'x', pending: null })).toBe('not-saved');
    expect(storeOn(null).read()).toEqual({ text: '', pending: null });
  });

  test('survives nonsense in the store', () => {
    const shelf = new Shelf();
    for (const nonsense of ['{', '7', '{"text":5}', '{"text":"a","pending":{"key":1}}']) {
      shelf.kept.set('viva.draft.one', nonsense);
      expect(storeOn(shelf).read()).toEqual({ text: '', pending: null });
    }
  });
});

describe('the idempotency key', () => {
  test('stays with the same words through a failure and a reload', () => {
    const shelf = new Shelf();
    const store = storeOn(shelf);
    const first = store.sending({ text: 'an answer', pending: null }, 'an answer', null, 4);
    store.write(first);
    const again = new DraftStore('one', shelf, () => 'another').sending(store.read(), 'an answer', null, 4);
    expect(again.pending).toEqual(first.pending);
  });

  test('changes with the words and with the request', () => {
    const store = storeOn(new Shelf());
    const first = store.sending({ text: 'an answer', pending: null }, 'an answer', null, 4);
    expect(store.sending(first, 'a better answer', null, 4).pending.key).not.toBe(first.pending.key);
    expect(store.sending(first, 'an answer', 'skip', 4).pending.key).not.toBe(first.pending.key);
  });

  test('is spent with its words once the server has them', () => {
    const draft = storeOn(new Shelf()).sending({ text: 'an answer', pending: null }, 'an answer', null, 4);
    expect(acknowledged(draft, draft.pending.key)).toEqual({ text: '', pending: null });
    expect(acknowledged(draft, 'some other key')).toBe(draft);
  });

  test('takes no words with it that were typed since, or that a button left in the box', () => {
    const store = storeOn(new Shelf());
    const sent = store.sending({ text: 'an answer', pending: null }, 'an answer', null, 4);
    expect(acknowledged({ ...sent, text: 'an answer and more' }, sent.pending.key).text).toBe('an answer and more');
    const asked = store.sending({ text: 'half a thought', pending: null }, 'Please give me a hint.', 'hint', 4);
    expect(acknowledged(asked, asked.pending.key)).toEqual({ text: 'half a thought', pending: null });
  });

  test('is dropped when the server refuses, and the words stay', () => {
    const draft = storeOn(new Shelf()).sending({ text: 'x'.repeat(9), pending: null }, 'x'.repeat(9), null, 0);
    expect(refused(draft)).toEqual({ text: 'x'.repeat(9), pending: null });
  });

  test('is 8 to 64 characters and new each time', () => {
    const keys = new Set(Array.from({ length: 50 }, freshKey));
    expect(keys.size).toBe(50);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f-]{8,64}$/);
  });
});
