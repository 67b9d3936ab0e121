import { describe, expect, test } from 'vitest';
import { inBrief, pointsOf, raiseOf } from '../src/lib/finding';
import { text } from '../src/lib/strings';
import { expectation, report } from './fixtures';

const leads = (...items: Parameters<typeof expectation>[]): string[] =>
  raiseOf(pointsOf(report(items.map((item) => expectation(...item))))).map((raise) => raise.lead);

describe('the points of a question', () => {
  test('are numbered by weight: musts, shoulds, bonus, red flags', () => {
    const points = pointsOf(report([expectation('flag', { kind: 'red-flag' }), expectation('b', { kind: 'should' }), expectation('a')]));
    expect(points.map(({ number, expectation: { id } }) => `${number} ${id}`)).toEqual(['1 a', '2 b', '3 flag']);
  });
});

describe('a question in one line', () => {
  test('says coverage, rating and musts', () => {
    const missed = expectation('b', { status: 'missed' });
    expect(inBrief(report([expectation('a'), missed]))).toBe('50% covered, rated 3 of 5, 1 of 2 musts shown');
  });

  test('never turns "unscored" into a number', () => {
    expect(inBrief(report([], { outcome: 'skipped', coverage: null, rating: null }))).toBe(text.review.outcome.skipped);
    expect(inBrief(report([], { coverage: null, rating: null }))).toBe(text.review.couldNotScore);
  });
});

describe('what would raise the rating', () => {
  test('names the musts first, by how far each holds the rating down', () => {
    expect(leads(['a', { status: 'missed' }], ['b', { status: 'missed' }])).toEqual([text.review.raiseMusts]);
    expect(leads(['a', { status: 'missed' }], ['b'])).toEqual([text.review.raiseMust]);
    expect(leads(['a', { status: 'partial' }], ['b'])).toEqual([text.review.raisePartial]);
  });

  test('names the shoulds only when the musts are there, and flags always', () => {
    const should = ['c', { kind: 'should', status: 'missed' }] as const;
    expect(leads(['a'], [...should])).toEqual([text.review.raiseMore]);
    expect(leads(['a', { status: 'missed' }], ['b'], [...should])).toEqual([text.review.raiseMust]);
    expect(leads(['a'], ['f', { kind: 'red-flag', status: 'met' }])).toEqual([text.review.raiseFlag]);
  });

  test('has nothing to say when everything was shown', () => {
    expect(leads(['a'], ['c', { kind: 'should' }], ['f', { kind: 'red-flag', status: 'missed' }])).toEqual([]);
  });
});
