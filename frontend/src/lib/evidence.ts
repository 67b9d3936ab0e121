/**
 * Cuts an answer at every edge of its evidence, so that pieces may carry several marks at once.
 * The grader counts Unicode code points and JavaScript counts UTF-16 units: one emoji in an answer
 * would shift every later mark, so the cutting is done on code points.
 */

export interface Mark {
  id: string;
  start: number;
  end: number;
}

export interface Segment {
  text: string;
  /** The marks that cover this piece, in the order they were given. */
  ids: string[];
  /** Those of them that end here, so that their note number can stand behind the piece. */
  ends: string[];
}

export function segmentsOf(text: string, marks: readonly Mark[]): Segment[] {
  const points = Array.from(text);
  const inside = marks
    .map((mark) => ({ ...mark, start: Math.max(0, mark.start), end: Math.min(points.length, mark.end) }))
    .filter((mark) => mark.start < mark.end);
  const edges = new Set([0, points.length]);
  for (const mark of inside) edges.add(mark.start).add(mark.end);
  const cuts = [...edges].sort((left, right) => left - right);
  return cuts.slice(0, -1).map((start, index) => {
    const end = cuts[index + 1] ?? points.length;
    const covering = inside.filter((mark) => mark.start <= start && end <= mark.end);
    return {
      text: points.slice(start, end).join(''),
      ids: unique(covering.map((mark) => mark.id)),
      ends: unique(covering.filter((mark) => mark.end === end).map((mark) => mark.id)),
    };
  });
}

const unique = (ids: string[]): string[] => [...new Set(ids)];
