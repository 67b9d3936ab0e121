/** Numbers, times and dates as the page writes them. */

/** 64 -> "1:04", 3661 -> "1:01:01". Never negative. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** 0.625 -> "63%". */
export const percent = (share: number): string => `${Math.round(share * 100)}%`;

/** 2 -> "2", 1.5 -> "1.5", 2.25 -> "2.3". */
export const points = (value: number): string => String(Math.round(value * 10) / 10);

/** With the sign a reader expects of something gained or taken away. */
export const signedPoints = (value: number): string => (value < 0 ? `\u2212${points(-value)}` : points(value));

export const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

/** "a", "a and b", "a, b and c". */
export function list(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

export function longDate(iso: string, zone?: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', ...(zone && { timeZone: zone }) });
  return day.format(new Date(iso));
}

/** How long ago, in the coarsest words that are still useful. */
export function ago(iso: string, now: Date): string {
  const minutes = Math.floor((now.getTime() - new Date(iso).getTime()) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${count(minutes, 'minute', 'minutes')} ago`;
  if (minutes < 48 * 60) return `${count(Math.floor(minutes / 60), 'hour', 'hours')} ago`;
  return `on ${longDate(iso)}`;
}
