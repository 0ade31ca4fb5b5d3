/** The way into the video room, from the page behind the booking's link: a countdown, then a button. */
import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/client';
import { ApiError } from '../lib/http';
import { formatDateTime } from '../lib/time';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { m } from './more';
import { locale } from './text';
import { zone } from './zone';

interface Room { readonly url: string; readonly closes_at: string }
type Look = { readonly room: Room } | { readonly opens: number; readonly closes: number } | { readonly why: string } | null;

const LATER_MS = 30_000;

function waitText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}` : `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

export function Join({ token }: { readonly token: string }) {
  const [look, setLook] = useState<Look>(null);
  const [now, setNow] = useState(Date.now());
  const ask = async (): Promise<void> => {
    try {
      setLook({ room: (await get<Room>(`public/bookings/${encodeURIComponent(token)}/join`)).data });
    } catch (failure) {
      const error = failure as ApiError;
      const { opens_at: opens, closes_at: closes } = error.details as { opens_at?: string; closes_at?: string };
      setLook(error.code === 'NOT_OPEN' && opens && closes ? { opens: Date.parse(opens), closes: Date.parse(closes) } : { why: error.message });
    }
  };
  useEffect(() => { void ask(); }, [token]);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const opens = look && 'opens' in look ? look.opens : null;
  /* The room opens by the server's clock: ask when ours says so, and again a little later when they differ. */
  useEffect(() => {
    if (opens === null || now < opens) return undefined;
    const timer = setTimeout(() => void ask(), now - opens < LATER_MS ? 0 : LATER_MS);
    return () => clearTimeout(timer);
  }, [opens !== null && now >= opens]);
  if (!look) return null;
  if ('why' in look) return <Notice tone="plain"><p>{look.why}</p></Notice>;
  if ('room' in look) {
    return <p><a class="btn btn-primary" href={look.room.url} target="_blank" rel="noopener noreferrer"><Icon name="external-link" />{m('video.join')}<span class="visually-hidden"> {m('video.newtab')}</span></a></p>;
  }
  if (now >= look.closes) return <Notice tone="plain"><p>{m('video.over')}</p></Notice>;
  const far = look.opens - now > 86_400_000;
  return (
    <Notice tone="plain">
      <p>{m('video.opens', { when: formatDateTime(new Date(look.opens).toISOString(), zone.value, locale()) })}{far ? null : <> <span class="num" role="timer">{waitText(look.opens - now)}</span></>}</p>
    </Notice>
  );
}
