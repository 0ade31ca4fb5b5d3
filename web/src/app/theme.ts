/** Light, dark or as the system has it. A cookie carries it, so that the server writes it into the page: no flash. */
import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

export function themeFrom(cookie: string): Theme {
  const value = /(?:^|;\s*)theme=(light|dark)/.exec(cookie)?.[1];
  return value === 'light' || value === 'dark' ? value : 'system';
}

export const theme = signal<Theme>(typeof document === 'undefined' ? 'system' : themeFrom(document.cookie));

const YEAR_S = 31_536_000;

export function setTheme(next: Theme): void {
  theme.value = next;
  const secure = window.location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = next === 'system' ? `theme=; Path=/; Max-Age=0; SameSite=Lax${secure}` : `theme=${next}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
  document.documentElement.dataset['theme'] = next === 'system' ? '' : next;
}

/** For a page that was served without knowing the cookie. */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme.value === 'system' ? '' : theme.value;
}
