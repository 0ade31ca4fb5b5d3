import type { ComponentChildren } from 'preact';
import { ApiError } from '../lib/http';
import { Button } from './Button';
import { Icon } from './Icon';
import type { IconName } from './icons';

interface StateProps {
  icon: IconName;
  title: string;
  text?: string;
  live?: boolean;
  /** 1 when the page has no other heading. */
  level?: 1 | 2 | 3;
  children?: ComponentChildren;
}

/** Nothing to show: why, and what to do about it. */
export function Empty({ icon, title, text, live = false, level = 2, children }: StateProps) {
  const Heading = `h${level}` as const;
  return (
    <div class="state" role={live ? 'status' : undefined}>
      <span class="state-mark"><Icon name={icon} /></span>
      <Heading>{title}</Heading>
      {text ? <p>{text}</p> : null}
      {children ? <div class="state-actions">{children}</div> : null}
    </div>
  );
}

interface ErrorProps {
  error: Error;
  title: string;
  retryLabel: string;
  /** Shown before the request id. */
  requestLabel?: string;
  level?: 1 | 2 | 3;
  onRetry?: () => void;
  children?: ComponentChildren;
}

export function ErrorState({ error, title, retryLabel, requestLabel = 'Request', level = 2, onRetry, children }: ErrorProps) {
  const Heading = `h${level}` as const;
  const api = error instanceof ApiError ? error : null;
  return (
    <div class="state" role="alert">
      <span class="state-mark"><Icon name={api?.code === 'OFFLINE' ? 'wifi-off' : 'circle-alert'} /></span>
      <Heading>{title}</Heading>
      <p>{api ? api.message : error.message}</p>
      {api?.requestId ? <p class="state-id">{requestLabel} {api.requestId}</p> : null}
      <div class="state-actions">
        {onRetry ? <Button kind="primary" icon="rotate-ccw" onClick={onRetry}>{retryLabel}</Button> : null}
        {children}
      </div>
    </div>
  );
}

/** A grey stand-in; appears after 200 ms. The container says aria-busy. */
export function Skeleton({ width = '100%', height = '1em', round = false }: { width?: string; height?: string; round?: boolean }) {
  return <span class="skeleton" aria-hidden="true" style={{ inlineSize: width, blockSize: height, borderRadius: round ? '999px' : undefined }} />;
}
