import type { ExpectationReport, InterviewView, Line, LineKind, QuestionReport } from '../src/lib/api/types';

export function line(seq: number, kind: LineKind, text: string, question_id: string | null = 'q/one'): Line {
  const who = kind === 'answer' || kind === 'request' ? 'candidate' : 'interviewer';
  return { seq, at: '2026-11-20T12:00:00Z', who, kind, text, question_id };
}

export function view(lines: Line[], rest: Partial<InterviewView> = {}): InterviewView {
  return {
    id: 'id',
    level: 'mid',
    mode: 'practice',
    areas: [],
    seed: 1,
    engine: 'embedded',
    status: 'open',
    opened_at: '2026-11-20T12:00:00Z',
    closed_at: null,
    lines,
    progress: { asked: 1, planned: 2, seconds_elapsed: 3, seconds_planned: null },
    feedback: [],
    ...rest,
  };
}

export function expectation(id: string, rest: Partial<ExpectationReport> = {}): ExpectationReport {
  return { id, kind: 'must', claim: `Says ${id}.`, status: 'met', confidence: 0.8, points: 3, worth: 3, evidence: [], reason: '', passage: null, review: '', ...rest };
}

export function report(expectations: ExpectationReport[], rest: Partial<QuestionReport> = {}): QuestionReport {
  return {
    question_id: 'q/one',
    version: 1,
    content_hash: 'abc',
    title: 'One',
    area: 'monitoring',
    area_title: 'Monitoring',
    level: 'mid',
    ask: 'Why?',
    outcome: 'answered',
    answers: [],
    earned: 3,
    possible: 6,
    coverage: 0.5,
    rating: 3,
    anchor: null,
    expectations,
    strong_answer: null,
    grader: 'test',
    notes: [],
    ...rest,
  };
}
