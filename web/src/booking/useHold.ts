/**
 * The hold on a time: taken when a time is chosen, released when the visitor goes back or leaves, and reported as taken when
 * somebody else was faster.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ConflictDetails, Hold, Slot } from '../api/types';
import { ApiError } from '../lib/http';
import { invalidate } from '../lib/query';
import { releaseHold, takeHold, type HoldWish } from './api';
import { Once } from './once';
import type { TakenTime } from './Taken';

export interface HoldState {
  hold: Hold | null;
  busyStart: string | null;
  taken: TakenTime | null;
  error: ApiError | null;
  /** True when the time is held now. */
  take: (wish: HoldWish) => Promise<boolean>;
  release: () => void;
  /** The hold became a booking. */
  used: () => void;
  setTaken: (start: string, error: ApiError) => void;
  clear: () => void;
}

export const isTaken = (error: unknown): error is ApiError => error instanceof ApiError && error.status === 409 && error.code === 'CONFLICT_DETECTED';

export function useHold(slug: string): HoldState {
  const [hold, setHold] = useState<Hold | null>(null);
  const [busyStart, setBusyStart] = useState<string | null>(null);
  const [taken, setTakenTime] = useState<TakenTime | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const current = useRef<Hold | null>(null);
  const running = useRef(false);
  const once = useRef(new Once());

  const keep = (next: Hold | null): void => {
    current.current = next;
    setHold(next);
  };
  const release = (): void => {
    if (current.current) void releaseHold(slug, current.current.id).then(() => invalidate(['slots']));
    keep(null);
    once.current.forget();
  };
  useEffect(() => {
    const leave = (): void => { if (current.current) void releaseHold(slug, current.current.id); };
    window.addEventListener('pagehide', leave);
    return () => window.removeEventListener('pagehide', leave);
  }, [slug]);

  const setTaken = (start: string, conflict: ApiError): void => {
    const { next } = conflict.details as ConflictDetails;
    setTakenTime({ start, next: next ?? ([] as Slot[]) });
    invalidate(['slots']);
  };
  const take = async (wish: HoldWish): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    setBusyStart(wish.start);
    setError(null);
    try {
      /* The old one first: it would be in the way of an overlapping new one. */
      if (current.current) await releaseHold(slug, current.current.id);
      keep(await takeHold(slug, wish, once.current.keyFor(wish)));
      setTakenTime(null);
      return true;
    } catch (failure) {
      keep(null);
      if (isTaken(failure)) setTaken(wish.start, failure);
      else setError(failure as ApiError);
      return false;
    } finally {
      once.current.forget();
      running.current = false;
      setBusyStart(null);
    }
  };
  return {
    hold, busyStart, taken, error, take, release, setTaken,
    used: () => { keep(null); invalidate(['slots']); },
    clear: () => { setTakenTime(null); setError(null); },
  };
}
