/** The shapes of the JSON API, as the backend's OpenAPI document states them. */

export type Level = 'junior' | 'mid' | 'senior';
export type Mode = 'practice' | 'mock';
export type Intent = 'repeat' | 'clarify' | 'hint' | 'skip' | 'dont-know' | 'stop';
export type Engine = 'embedded' | 'model';
export type AreaKind = 'technical' | 'behavioural';

export interface CatalogueArea {
  area: string;
  title: string;
  kind: AreaKind;
  summary: string;
  questions: Record<Level, number>;
}

/** Where text goes, and to which models; `local` is the machine of the server itself. */
export interface ModelService {
  host: string;
  local: boolean;
  interviewer: string;
  grader: string;
}

export interface Catalogue {
  version: string;
  bank_version: string;
  engine: Engine;
  model: ModelService | null;
  max_answer_chars: number;
  levels: { level: Level; text: string }[];
  areas: CatalogueArea[];
  defaults: { level: Level; mode: Mode; questions: number };
}

export interface NewInterview {
  level: Level;
  mode: Mode;
  areas: string[];
  questions: number | null;
  minutes: number | null;
  seed: number | null;
  engine: Engine | null;
}

export type LineKind =
  | 'opening'
  | 'question'
  | 'follow-up'
  | 'hint'
  | 'repeat'
  | 'clarify'
  | 'note'
  | 'remark'
  | 'notice'
  | 'answer'
  | 'request'
  | 'closing';

export interface Line {
  seq: number;
  at: string;
  who: 'interviewer' | 'candidate';
  kind: LineKind;
  text: string;
  question_id: string | null;
}

export interface Progress {
  asked: number;
  planned: number;
  seconds_elapsed: number;
  seconds_planned: number | null;
}

export interface InterviewView {
  id: string;
  level: Level;
  mode: Mode;
  areas: string[];
  seed: number;
  engine: Engine;
  status: 'open' | 'closed';
  opened_at: string;
  closed_at: string | null;
  lines: Line[];
  progress: Progress;
  feedback: QuestionReport[];
}

/** Offsets count Unicode code points, not UTF-16 units. */
export interface Evidence {
  answer: number;
  start: number;
  end: number;
  text: string;
}

export interface Passage {
  reference: string;
  title: string;
  text: string;
  sources: string[];
}

export type ExpectationKind = 'must' | 'should' | 'bonus' | 'red-flag';
export type ExpectationStatus = 'met' | 'partial' | 'missed' | 'cannot_assess';

export interface ExpectationReport {
  id: string;
  kind: ExpectationKind;
  claim: string;
  status: ExpectationStatus;
  confidence: number;
  points: number;
  worth: number;
  evidence: Evidence[];
  reason: string;
  passage: Passage | null;
  review: string;
}

export type Outcome = 'answered' | 'skipped' | 'not-known' | 'unanswered';

export interface AnswerReport {
  seq: number;
  text: string;
  asked: string;
}

export interface QuestionReport {
  question_id: string;
  version: number;
  content_hash: string;
  title: string;
  area: string;
  area_title: string;
  level: Level;
  ask: string;
  outcome: Outcome;
  answers: AnswerReport[];
  earned: number;
  possible: number;
  coverage: number | null;
  rating: number | null;
  anchor: string | null;
  expectations: ExpectationReport[];
  strong_answer: string | null;
  grader: string;
  notes: string[];
}

export interface AreaReport {
  area: string;
  title: string;
  questions: number;
  coverage: number | null;
  low: number | null;
  high: number | null;
}

export interface NextAction {
  title: string;
  why: string;
  reference: string | null;
  passage_title: string | null;
  question_id: string | null;
}

export interface Report {
  interview_id: string;
  level: Level;
  mode: Mode;
  opened_at: string;
  closed_at: string | null;
  bank_version: string;
  grader: string;
  coverage: number | null;
  rating: number | null;
  scored: number;
  unscored: number;
  summary: string;
  areas: AreaReport[];
  questions: QuestionReport[];
  next_actions: NextAction[];
}
