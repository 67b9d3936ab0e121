/** What a question report comes down to: one line, the points in order, and what would raise the rating. */

import type { ExpectationKind, ExpectationReport, QuestionReport } from './api/types';
import { text } from './strings';

const ORDER: Record<ExpectationKind, number> = { must: 0, should: 1, bonus: 2, 'red-flag': 3 };

export interface Point {
  number: number;
  expectation: ExpectationReport;
}

/** The expectations in the order in which they weigh, numbered for the notes in the answer. */
export function pointsOf(report: QuestionReport): Point[] {
  return [...report.expectations]
    .sort((left, right) => ORDER[left.kind] - ORDER[right.kind])
    .map((expectation, index) => ({ number: index + 1, expectation }));
}

export const isFlag = (point: Point): boolean => point.expectation.kind === 'red-flag';

/** Whether there is something to read up on: a point not fully shown, or a mistake that was made. */
export const needsReading = (point: Point): boolean =>
  isFlag(point) ? point.expectation.status === 'met' : point.expectation.status !== 'met';

/** "63% covered, rated 3 of 5, 1 of 2 musts shown" or why there is no score. */
export function inBrief(report: QuestionReport): string {
  if (report.outcome !== 'answered') return text.review.outcome[report.outcome];
  if (report.rating === null) return text.review.couldNotScore;
  const musts = report.expectations.filter((item) => item.kind === 'must');
  const shown = musts.filter((item) => item.status === 'met').length;
  const parts = [
    ...(report.coverage === null ? [] : [text.review.covered(report.coverage)]),
    text.review.ratedShort(report.rating),
    ...(musts.length === 0 ? [] : [text.review.mustsShown(shown, musts.length)]),
  ];
  return parts.join(', ');
}

export interface Raise {
  lead: string;
  points: Point[];
}

/**
 * What would raise the rating, in the order in which the score is held down: the backend caps the
 * rating at 2 while every must is missed, at 3 while any is, and at 4 while one is only half shown.
 */
export function raiseOf(points: readonly Point[]): Raise[] {
  const having = (kind: ExpectationKind, ...statuses: ExpectationReport['status'][]): Point[] =>
    points.filter(({ expectation }) => expectation.kind === kind && statuses.includes(expectation.status));
  const judged = points.filter(({ expectation }) => expectation.kind === 'must' && expectation.status !== 'cannot_assess');
  const missed = having('must', 'missed');
  const half = having('must', 'partial');
  const shoulds = having('should', 'missed', 'partial');
  const flags = having('red-flag', 'met', 'partial');
  const raises: Raise[] = [];
  if (flags.length > 0) raises.push({ lead: text.review.raiseFlag, points: flags });
  if (missed.length > 0) {
    const all = missed.length === judged.length;
    raises.push({ lead: all ? text.review.raiseMusts : text.review.raiseMust, points: missed });
  }
  if (half.length > 0) raises.push({ lead: text.review.raisePartial, points: half });
  if (missed.length === 0 && half.length === 0 && shoulds.length > 0) {
    raises.push({ lead: text.review.raiseMore, points: shoulds });
  }
  return raises;
}
