/** The frame of a page: heading that takes the focus after a change of route, title of the window, error and loading states. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { session } from '../session';
import { Empty, ErrorState, Skeleton } from '../../ui/State';
import { ApiError } from '../../lib/http';
import { t } from '../text';

let first = true;

/** Names the window and takes the focus to the heading, but not when the application has just been opened. */
export function useHeading(title: string, part?: string): { current: HTMLHeadingElement | null } {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${part && part !== title ? `${part} · ` : ''}${title} · ${session.value?.tenant.name ?? 'clinicd'}`;
  }, [title, part]);
  useEffect(() => {
    if (!first) heading.current?.focus({ preventScroll: true });
    first = false;
  }, []);
  return heading;
}

/** part: which of several lists under one heading this is, for the name of the window. */
interface PageProps { readonly title: string; readonly part?: string; readonly lead?: string; readonly actions?: ComponentChildren; readonly narrow?: boolean; readonly before?: ComponentChildren; readonly children: ComponentChildren }

export function Page({ title, part, lead, actions, narrow, before, children }: PageProps) {
  const heading = useHeading(title, part);
  return (
    <div class={`page${narrow ? ' page-narrow' : ''}`}>
      {before}
      <header class="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>{title}</h1>
          {lead ? <p class="muted">{lead}</p> : null}
        </div>
        {actions ? <div class="page-actions">{actions}</div> : null}
      </header>
      {children}
    </div>
  );
}

export function Failed({ error, what, onRetry }: { readonly error: Error; readonly what: string; readonly onRetry: () => void }) {
  if (error instanceof ApiError && error.status === 403) return <Denied />;
  if (error instanceof ApiError && error.status === 404) return <Empty icon="circle-help" title={t('page.wasNotFound', { what })} text={t('page.itMayHaveBeen')} />;
  return <ErrorState error={error} title={t('page.couldNotBeLoaded', { what })} retryLabel={t('lazy.retry')} onRetry={onRetry} />;
}

export function Denied() {
  return <Empty icon="lock" title={t('page.denied')} text={t('page.deniedText')} />;
}

export function Loading({ rows = 6, what }: { readonly rows?: number; readonly what: string }) {
  return (
    <div class="loading" aria-busy="true">
      <span class="visually-hidden">{t('page.loading')}{' '}{what}</span>
      {Array.from({ length: rows }, (_, i) => <Skeleton key={i} height="2.25rem" width={`${100 - ((i * 17) % 30)}%`} />)}
    </div>
  );
}
