/** Markdown of the interviewer and of our notes, as HTML that can neither run nor load anything. */

import DOMPurify from 'dompurify';
import { marked } from 'marked';

const TAGS = ['p', 'br', 'em', 'strong', 'code', 'pre', 'ul', 'ol', 'li', 'blockquote', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a', 'sub', 'sup', 'del', 'hr'];

export function htmlOf(markdown: string): string {
  const html = marked.parse(markdown, { async: false, gfm: true, breaks: false });
  return DOMPurify.sanitize(html, { ALLOWED_TAGS: TAGS, ALLOWED_ATTR: ['href', 'start'] });
}
