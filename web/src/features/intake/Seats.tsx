/** The coming sessions of a service that several come to: a press takes a free seat. */
import { useEffect } from 'preact/hooks';
import { get } from '../../api/client';
import type { GroupSession } from '../../api/types';
import { zoneAt } from '../../app/data';
import { texts } from '../../app/text';
import { useQuery } from '../../lib/query';
import { addDays, formatDate, showClock, todayIn, wallTime } from '../../lib/time';
import en from './en.json';

const t = texts(en);
const DAYS = 28;
const SHOWN = 6;

interface Props { readonly serviceId: string; readonly start: string | null; readonly providerId: string; readonly onTake: (session: GroupSession) => void; readonly onJoin: (joins: boolean) => void }

export function Seats({ serviceId, start, providerId, onTake, onJoin }: Props) {
  const today = todayIn('UTC');
  const query = useSeats(serviceId, today, DAYS);
  const far = start !== null && start.slice(0, 10) >= addDays(today, DAYS) ? start.slice(0, 10) : null;
  const there = useSeats(serviceId, far, 1);
  const open = (query ?? []).filter((s) => s.taken < s.seats);
  const chosen = joined([...(query ?? []), ...(there ?? [])], start, providerId);
  useEffect(() => { onJoin(chosen !== undefined); }, [chosen?.id]);
  if (!query) return null;
  return (
    <div class="stack-sm">
      {open.length > 0 ? <p class="field-label" id="na-seats">{t('seats.title')}</p> : <p class="field-hint">{t('seats.none')}</p>}
      <ul class="next-times" aria-labelledby="na-seats">
        {open.slice(0, SHOWN).map((s) => {
          const wall = wallTime(s.start, zoneAt(s.location_id));
          return (
            <li key={s.id}>
              <button type="button" class="slot" aria-pressed={chosen?.id === s.id} onClick={() => onTake(s)}>
                <strong class="num">{showClock(wall.minutes)}</strong> <span>{formatDate(wall.date, 'short')}</span> <span class="muted">{s.provider_name} · {t('seats.left', { count: s.seats - s.taken })}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {chosen ? <p class="check-free">{t('seats.joins', { seat: chosen.taken + 1, seats: chosen.seats, provider: chosen.provider_name })}</p> : null}
    </div>
  );
}

/** From a day on, some days long; null asks for nothing. */
function useSeats(serviceId: string, from: string | null, days: number): readonly GroupSession[] | undefined {
  const query = useQuery<GroupSession[]>(from ? ['groups', 'service', serviceId, from] : null, async (signal) => (await get<GroupSession[]>('sessions', { query: { service_id: serviceId, from: `${from ?? ''}T00:00:00Z`, to: `${addDays(from ?? '', days)}T00:00:00Z` }, signal })).data);
  return query.data?.filter((s) => s.cancelled_at === null && Date.parse(s.start) > Date.now());
}

/** The session that a booking at this time has a seat in. */
function joined(sessions: readonly GroupSession[], start: string | null, providerId: string): GroupSession | undefined {
  return sessions.find((s) => s.taken < s.seats && start !== null && Date.parse(s.start) === Date.parse(start) && (providerId === '' || s.provider_id === providerId));
}
