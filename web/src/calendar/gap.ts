/** After a cancellation: whether somebody of the waitlist would take the time, or is being asked. */
import { get } from '../api/client';
import type { Appointment } from '../api/types';
import { can } from '../app/session';
import { t } from '../app/text';
import { showToast } from '../ui/Toast';
import { filling } from './open';

/** Best effort: the cancellation stands without it. */
export async function suggestFill(freed: Pick<Appointment, 'provider_id' | 'start' | 'end'>): Promise<void> {
  if (!can('schedule.write') || Date.parse(freed.end) <= Date.now()) return;
  const { provider_id, start, end } = freed;
  try {
    const matches = (await get<unknown[]>('waitlist/matches', { query: { provider_id, start, end } })).data.length;
    const asked = (await get<{ status: string }[]>('waitlist/offers', { query: { from: start, to: end, provider_id } })).data.filter((one) => one.status === 'open').length;
    if (matches + asked === 0) return;
    showToast(asked > 0 ? t('gap.asked') : t('gap.wanted', { count: matches }), { action: { label: t('gap.fill'), run: () => { filling.value = { providerId: provider_id, start, end }; } } });
  } catch {
    /* Said nowhere: nobody asked for it. */
  }
}
