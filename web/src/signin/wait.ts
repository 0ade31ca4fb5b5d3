/** A 429 tells how long to wait; the button stays shut for as long, and the message counts down. */
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../lib/http';
import { t } from './text';

const WAIT_DEFAULT_S = 30;

export function waitSentence(seconds: number): string {
  return seconds < 90 ? t('errors.wait', { count: seconds }) : t('errors.waitMinutes', { count: Math.ceil(seconds / 60) });
}

export function useWait(failure: ApiError | null): number {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (failure?.status !== 429) return undefined;
    const end = Date.now() + (failure.retryAfter ?? WAIT_DEFAULT_S) * 1000;
    setUntil(end);
    setNow(Date.now());
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= end) clearInterval(timer);
    }, 1000);
    return () => clearInterval(timer);
  }, [failure]);
  return Math.max(0, Math.ceil((until - now) / 1000));
}
