/**
 * A router on the history API: one signal with the current address, links that are ordinary <a href>.
 *
 *   match('/app/clients/:id', location.value.path)  ->  { id: '…' } or null
 */
import { signal } from '@preact/signals';

export interface Address {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly hash: string;
}

const read = (): Address => ({ path: window.location.pathname, query: new URLSearchParams(window.location.search), hash: window.location.hash });

export const address = signal<Address>(read());

const guards = new Set<() => boolean>();

/** A guard answers false to keep the visitor on the page (unsaved changes). Returns what removes it. */
export function addGuard(guard: () => boolean): () => void {
  guards.add(guard);
  return () => guards.delete(guard);
}

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  for (const guard of guards) if (!guard()) return;
  if (options.replace) history.replaceState(history.state, '', to);
  else history.pushState(null, '', to);
  address.value = read();
}

/** Changes parameters of the query only; null removes one. */
export function setQuery(changes: Readonly<Record<string, string | null>>, options: { replace?: boolean } = { replace: true }): void {
  const query = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  navigate(window.location.pathname + (text === '' ? '' : `?${text}`) + window.location.hash, options);
}

export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.replace(/\/$/, '').split('/');
  const given = path.replace(/\/$/, '').split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) {
      if (value === '') return null;
      try {
        params[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null;
      }
    } else if (part !== value) return null;
  }
  return params;
}

/** Follows clicks on links below `prefix` without leaving the page. Call once per entry. */
export function startRouter(prefix: string): void {
  window.addEventListener('popstate', () => { address.value = read(); });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null;
    if (!link || link.target || link.hasAttribute('download') || link.origin !== window.location.origin) return;
    if (link.pathname !== prefix && !link.pathname.startsWith(`${prefix}/`)) return;
    if (link.pathname === window.location.pathname && link.hash !== '') return;
    event.preventDefault();
    navigate(link.pathname + link.search + link.hash);
  });
}
