/** The id of the interview last opened here, so that the start page can offer to go on with it. */

import { browserShelf } from './draft';

const name = 'viva.open';

export function rememberInterview(id: string): void {
  try {
    browserShelf()?.setItem(name, id);
  } catch {
    // A full or forbidden store only costs the offer to continue; the address still works.
  }
}

export function forgetInterview(id: string): void {
  if (rememberedInterview() === id) browserShelf()?.removeItem(name);
}

export const rememberedInterview = (): string | null => browserShelf()?.getItem(name) ?? null;
