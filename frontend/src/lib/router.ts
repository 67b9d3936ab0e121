/** Which page a path names. Pure: the address bar itself is handled in `navigation.svelte.ts`. */

export type Route =
  | { page: 'start' }
  | { page: 'interview'; id: string }
  | { page: 'report'; id: string }
  | { page: 'unknown'; path: string };

const ID = '([A-Za-z0-9_-]{1,128})';
const interview = new RegExp(`^/interviews/${ID}$`);
const report = new RegExp(`^/interviews/${ID}/report$`);

export function routeOf(path: string): Route {
  const plain = path.length > 1 ? path.replace(/\/+$/, '') : path;
  if (plain === '/' || plain === '') return { page: 'start' };
  const open = interview.exec(plain);
  if (open?.[1]) return { page: 'interview', id: open[1] };
  const done = report.exec(plain);
  if (done?.[1]) return { page: 'report', id: done[1] };
  return { page: 'unknown', path };
}

export const pathTo = {
  start: '/',
  interview: (id: string): string => `/interviews/${id}`,
  report: (id: string): string => `/interviews/${id}/report`,
};
