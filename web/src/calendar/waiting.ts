/** Who of the waitlist would take the time that was pressed: offered before anybody is searched for, so that a free time is filled by two presses. */
import { create, get, post } from '../api/client';
import { can, session } from '../app/session';
import { t } from '../app/text';
import type { Option } from '../app/ui/Combobox';
import { invalidate } from '../lib/query';
import { formatTime } from '../lib/time';
import { showToast } from '../ui/Toast';
import type { Gap } from './open';
import { stretchOf } from './stretch';

/** As GET /waitlist/matches answers. */
interface Match { readonly want_id: string; readonly client_name: string; readonly service_name: string; readonly start: string; readonly provider_id: string; readonly location_id: string }
export interface Waiting extends Option { readonly match: Match; readonly time: string }

const SHOWN = 3;

/** Best effort: a booking is made without it. */
export async function whoWaits(gap: Gap, timeZone: string, signal: AbortSignal): Promise<readonly Waiting[]> {
  if (!can('schedule.write') || Date.parse(gap.start) <= Date.now()) return [];
  try {
    const free = await stretchOf(gap, signal);
    if (!free) return [];
    const { data } = await get<Match[]>('waitlist/matches', { query: { provider_id: gap.providerId, start: free.start, end: free.end }, signal });
    return data.slice(0, SHOWN).map((match) => {
      const time = formatTime(match.start, timeZone, session.value?.tenant.locale);
      return { id: `waits ${match.want_id}`, icon: 'hourglass', label: t('gap.offer', { time, name: match.client_name }), detail: match.service_name, match, time };
    });
  } catch {
    return [];
  }
}

export async function offerTo({ match, time }: Waiting): Promise<void> {
  const { want_id, client_name: name, start, provider_id, location_id } = match;
  const seen = (): void => invalidate(['gap'], ['waitlist'], ['calendar']);
  try {
    await create(`waitlist/${want_id}/offer`, { start, provider_id, location_id });
    const back = (): void => void post(`waitlist/${want_id}/take-back`).then(seen, (error: unknown) => showToast((error as Error).message, { danger: true }));
    showToast(t('gap.offered', { time, name }), { action: { label: t('gap.back'), run: back } });
  } catch (error) {
    showToast(t('gap.notOffered', { reason: (error as Error).message }), { danger: true });
  }
  seen();
}
