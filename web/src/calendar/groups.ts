/** Group sessions in the calendar: one card for all who come. Pure. */
import type { CalendarItem, GroupSession } from '../api/types';
import { isHiddenByDefault } from './status';

const keyOf = (one: { readonly provider_id: string; readonly service_id: string; readonly start: string }): string => `${one.provider_id}/${one.service_id}/${one.start}`;

/** Who has a seat stands in the session's card; its chairs and helpers are there without anybody in it. */
export function withSessions(items: readonly CalendarItem[], sessions: readonly GroupSession[]): CalendarItem[] {
  const live = sessions.filter((s) => s.cancelled_at === null);
  if (live.length === 0) return [...items];
  const seats = new Map(live.map((s) => [keyOf(s), [] as CalendarItem[]]));
  const rest = items.filter((item) => {
    const seat = isHiddenByDefault(item.status) ? undefined : seats.get(keyOf(item));
    seat?.push(item);
    return seat === undefined;
  });
  return [...rest, ...live.map((s) => asItem(s, seats.get(keyOf(s))?.[0]))];
}

function asItem(s: GroupSession, seat: CalendarItem | undefined): CalendarItem {
  const parts = s.parts ?? seat?.parts ?? [];
  return {
    id: `session-${s.id}`, client_id: '', client_name: s.service_name, patient_id: '', patient_name: s.service_name, patient_kind: 'self', service_id: s.service_id, service_name: s.service_name, color: s.color,
    provider_id: s.provider_id, location_id: s.location_id, resource_ids: s.parts ? s.parts.filter((part) => part.kind === 'resource').map((part) => part.subject_id) : seat?.resource_ids ?? [], parts, lead_min: seat?.lead_min ?? null, start: s.start, end: s.end,
    status: 'scheduled', notes: false, overbooked: false, series: false, owes: false, version: 0, session: { id: s.id, taken: s.taken, seats: s.seats },
  };
}
