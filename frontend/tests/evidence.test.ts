import { describe, expect, test } from 'vitest';
import { segmentsOf } from '../src/lib/evidence';

describe('marks in an answer', () => {
  test('without marks the answer is one piece', () => {
    expect(segmentsOf('plain', [])).toEqual([{ text: 'plain', ids: [], ends: [] }]);
  });

  test('a mark cuts out its own words', () => {
    expect(segmentsOf('I look at drift daily', [{ id: 'a', start: 2, end: 15 }])).toEqual([
      { text: 'I ', ids: [], ends: [] },
      { text: 'look at drift', ids: ['a'], ends: ['a'] },
      { text: ' daily', ids: [], ends: [] },
    ]);
  });

  test('overlapping marks share the piece they have in common', () => {
    const pieces = segmentsOf('abcdefgh', [
      { id: 'one', start: 1, end: 5 },
      { id: 'two', start: 3, end: 7 },
    ]);
    expect(pieces).toEqual([
      { text: 'a', ids: [], ends: [] },
      { text: 'bc', ids: ['one'], ends: [] },
      { text: 'de', ids: ['one', 'two'], ends: ['one'] },
      { text: 'fg', ids: ['two'], ends: ['two'] },
      { text: 'h', ids: [], ends: [] },
    ]);
  });

  test('a mark inside another and two on the same words keep both numbers', () => {
    const pieces = segmentsOf('abcd', [
      { id: 'whole', start: 0, end: 4 },
      { id: 'inner', start: 1, end: 2 },
      { id: 'same', start: 0, end: 4 },
    ]);
    expect(pieces.map((piece) => piece.ids)).toEqual([['whole', 'same'], ['whole', 'inner', 'same'], ['whole', 'same']]);
    expect(pieces.at(-1)?.ends).toEqual(['whole', 'same']);
  });

  test('one expectation with two neighbouring pieces is numbered at each', () => {
    const pieces = segmentsOf('abcd', [
      { id: 'x', start: 0, end: 2 },
      { id: 'x', start: 2, end: 4 },
    ]);
    expect(pieces.map((piece) => piece.ends)).toEqual([['x'], ['x']]);
  });

  test('offsets count code points, so an astral character does not shift what follows', () => {
    const answer = '\u{1F914}\u{1F914} so drift';
    const start = Array.from(answer).indexOf('d');
    expect(segmentsOf(answer, [{ id: 'a', start, end: start + 5 }]).map((piece) => piece.text)).toEqual(['\u{1F914}\u{1F914} so ', 'drift']);
  });

  test('offsets outside the answer are cut to it, and the text is never lost', () => {
    const pieces = segmentsOf('short', [
      { id: 'long', start: -3, end: 99 },
      { id: 'gone', start: 40, end: 50 },
      { id: 'none', start: 2, end: 2 },
    ]);
    expect(pieces).toEqual([{ text: 'short', ids: ['long'], ends: ['long'] }]);
    expect(segmentsOf('', [{ id: 'a', start: 0, end: 4 }])).toEqual([]);
  });
});
