import { describe, expect, test } from 'vitest';
import { ago, clock, count, list, longDate, percent, points, signedPoints } from '../src/lib/format';

describe('numbers and times', () => {
  test('a clock shows minutes, and hours only when there are some', () => {
    expect([0, 9.9, 64, 600, 3661, -5].map(clock)).toEqual(['0:00', '0:09', '1:04', '10:00', '1:01:01', '0:00']);
  });

  test('shares are whole per cents', () => {
    expect([0, 0.625, 0.004, 1].map(percent)).toEqual(['0%', '63%', '0%', '100%']);
  });

  test('points have at most one decimal and a true minus', () => {
    expect([2, 1.5, 2.25].map(points)).toEqual(['2', '1.5', '2.3']);
    expect([3, 0, -2].map(signedPoints)).toEqual(['3', '0', '\u22122']);
  });

  test('nouns agree with their number', () => {
    expect([0, 1, 2].map((number) => count(number, 'question', 'questions'))).toEqual(['0 questions', '1 question', '2 questions']);
  });

  test('lists read like a sentence', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(list)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  });

  test('dates are written in words', () => {
    expect(longDate('2026-11-20T23:30:00Z', 'UTC')).toBe('20 November 2026');
  });

  test('how long ago something was', () => {
    const now = new Date('2026-11-20T12:00:00Z');
    expect(ago('2026-11-20T11:59:40Z', now)).toBe('just now');
    expect(ago('2026-11-20T11:59:00Z', now)).toBe('1 minute ago');
    expect(ago('2026-11-20T09:10:00Z', now)).toBe('2 hours ago');
    expect(ago('2026-11-10T12:00:00Z', now)).toBe('on 10 November 2026');
  });
});
