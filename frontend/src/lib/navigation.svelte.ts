/** The address bar as state: links inside the page change it without loading the page again. */

import { routeOf, type Route } from './router';

let path = $state(location.pathname);
const route = $derived(routeOf(path));

export const here = {
  get path(): string {
    return path;
  },
  get route(): Route {
    return route;
  },
};

export function goTo(next: string, replace = false): void {
  if (replace) history.replaceState(null, '', next);
  else history.pushState(null, '', next);
  path = location.pathname;
  scrollTo(0, 0);
}

/** A new page in the same document: a screen reader is told by moving to its heading. */
export function focusHeading(): void {
  document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
}

/** Keeps `here` true to the browser's own back and forward, and takes over plain clicks on own links. */
export function followAddress(): () => void {
  const moved = (): void => {
    path = location.pathname;
  };
  const clicked = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const address = link?.getAttribute('href');
    if (!link || link.target || !address?.startsWith('/') || address.startsWith('//')) return;
    event.preventDefault();
    goTo(address);
  };
  addEventListener('popstate', moved);
  document.addEventListener('click', clicked);
  return () => {
    removeEventListener('popstate', moved);
    document.removeEventListener('click', clicked);
  };
}
