/** Who is signed in, what they may do, and when the session ends. One for the whole page; tabs tell each other. */
import { computed, signal } from '@preact/signals';
import { get, post } from '../api/client';
import type { Permission, Session } from '../api/types';
import { ApiError, setCsrfToken, setUnauthenticatedHandler } from '../lib/http';
import { forgetAll } from '../lib/query';
import { setLocale } from '../lib/time';

export type SessionState = { readonly kind: 'loading' } | { readonly kind: 'out' } | { readonly kind: 'in' } | { readonly kind: 'failed'; readonly error: Error };

export const sessionState = signal<SessionState>({ kind: 'loading' });
export const session = signal<Session | null>(null);
/** True while the sign-in stands over the page because a session ended in the middle of work. */
export const reloginOpen = signal(false);
export const zone = computed(() => session.value?.tenant.time_zone ?? 'UTC');

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('clinicd-session');
let waiting: ((again: boolean) => void)[] = [];

export function can(permission: Permission): boolean {
  return session.value?.permissions.includes(permission) ?? false;
}

function accept(next: Session, tell = true): void {
  const before = session.value;
  if (before && (before.member.id !== next.member.id || before.tenant.id !== next.tenant.id)) forgetAll();
  setLocale(next.tenant.locale);
  session.value = next;
  setCsrfToken(next.csrf_token);
  sessionState.value = { kind: 'in' };
  if (tell) channel?.postMessage({ kind: 'in' });
}

export async function loadSession(): Promise<void> {
  try {
    accept((await get<Session>('auth/session')).data, false);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) sessionState.value = { kind: 'out' };
    else sessionState.value = { kind: 'failed', error: error as Error };
  }
}

/** After the sign-in form, at the start or over the page. */
export function signedIn(next: Session): void {
  accept(next);
  reloginOpen.value = false;
  const resolve = waiting;
  waiting = [];
  for (const done of resolve) done(true);
}

/** Something about the account has changed: every tab asks again. */
export function accountChanged(): void {
  channel?.postMessage({ kind: 'in' });
  if (session.value) void loadSession();
}

/** Any request counts as activity; this one only asks for the new end of the session. */
export async function staySignedIn(): Promise<boolean> {
  try {
    accept((await get<Session>('auth/session')).data);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) reloginOpen.value = true;
    return false;
  }
}

export async function signOut(): Promise<void> {
  try {
    await post('auth/logout');
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
  }
  channel?.postMessage({ kind: 'out' });
  leave();
}

function leave(): void {
  setCsrfToken(null);
  forgetAll();
  session.value = null;
  reloginOpen.value = false;
  sessionState.value = { kind: 'out' };
}

/** Given up at the sign-in over the page: what waited gets its 401. */
export function abandonRelogin(): void {
  const resolve = waiting;
  waiting = [];
  for (const done of resolve) done(false);
  leave();
}

export function startSession(): void {
  setUnauthenticatedHandler(() => {
    if (session.value === null) return Promise.resolve(false);
    reloginOpen.value = true;
    return new Promise<boolean>((resolve) => waiting.push(resolve));
  });
  channel?.addEventListener('message', (event: MessageEvent<{ kind: string }>) => {
    if (event.data.kind === 'out') leave();
    else void loadSession();
  });
  void loadSession();
}
