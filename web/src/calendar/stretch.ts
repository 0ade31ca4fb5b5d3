/** The free time of one provider around an instant. */
import { get } from '../api/client';
import type { Gap } from './open';

const DAY_MS = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

export interface Stretch { readonly start: string; readonly end: string; readonly location_id?: string }

/** The stretch that was drawn, or the whole gap around the minute that was pressed; null: nothing is free there. */
export async function stretchOf(gap: Gap, signal: AbortSignal): Promise<Stretch | null> {
  if (gap.end) return { start: gap.start, end: gap.end };
  const at = Date.parse(gap.start);
  const { data } = await get<Stretch[]>('calendar/gaps', { query: { provider_id: gap.providerId, from: iso(at - DAY_MS / 2), to: iso(at + DAY_MS / 2), min_minutes: 5 }, signal });
  return data.find((one) => Date.parse(one.start) <= at && Date.parse(one.end) > at) ?? data.find((one) => Date.parse(one.start) > at && Date.parse(one.start) < at + DAY_MS / 24) ?? null;
}

/** An hour, where nothing is known to be free. */
export const anHour = (gap: Gap): Stretch => ({ start: gap.start, end: gap.end ?? iso(Date.parse(gap.start) + DAY_MS / 24) });
