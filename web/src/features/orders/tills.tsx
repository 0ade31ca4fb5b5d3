/** The drawers that are open where an order is paid: cash goes into one of them, and back out of the one it came into. */
import { get } from '../../api/client';
import { useQuery } from '../../lib/query';
import { t } from './text';

export interface Till { id: string; name: string; location_id: string; session_id: string | null }

export function useOpenTills(location: string): { readonly known: boolean; readonly open: readonly Till[] } {
  const tills = useQuery<Till[]>(['tills'], async (signal) => (await get<Till[]>('tills', { signal })).data);
  return { known: tills.data !== undefined, open: (tills.data ?? []).filter((till) => till.session_id && till.location_id === location) };
}

/** The drawer that the cash of a payment came into; null: not known yet. */
export function useDrawerOf(session: string | null): Till | null {
  const tills = useQuery<Till[]>(session ? ['tills'] : null, async (signal) => (await get<Till[]>('tills', { signal })).data).data;
  const id = useQuery<string>(session ? ['tills', 'of', session] : null, async (signal) => (await get<{ till_id: string }>(`till-sessions/${session ?? ''}`, { signal })).data.till_id).data;
  return tills?.find((till) => till.id === id) ?? null;
}

export function NoTill({ onLeave }: { readonly onLeave: () => void }) {
  return <p class="muted small">{t('pay.noTill')} <a href="/app/till" onClick={onLeave}>{t('pay.toTill')}</a></p>;
}
