/** The way between the clinic's sites: people who work at both are not booked without it. */
import { get, put } from '../../api/client';
import type { Location, TravelPair } from '../../api/types';
import { useLocations } from '../../app/data';
import { useDirtyGuard } from '../../app/ui/useDirtyGuard';
import { Failed, Loading, Page } from '../../app/ui/Page';
import { invalidate, useQuery } from '../../lib/query';
import { NumberField } from '../../ui/Inputs';
import { Notice } from '../../ui/Notice';
import { showToast } from '../../ui/Toast';
import { useForm } from '../../ui/useForm';
import { FormFrame, numberOf } from './forms';
import { t } from './text';

const SITES_MAX = 12;
const keyOf = (a: string, b: string): string => [a, b].sort().join('/');

export default function Travel() {
  const locations = useLocations();
  const ways = useQuery<TravelPair[]>(['travel'], async (signal) => (await get<{ pairs: TravelPair[] }>('locations/travel', { signal })).data.pairs);
  const sites = (locations.data ?? []).slice(0, SITES_MAX);
  return (
    <Page title={t('travel.title')} lead={t('travel.lead')} narrow>
      {ways.error ? <Failed error={ways.error} what={t('travel.title')} onRetry={ways.reload} /> : null}
      {!ways.error && (!ways.data || !locations.data) ? <Loading what={t('travel.title')} /> : null}
      {ways.data && locations.data && sites.length < 2 ? <Notice tone="info" title={t('travel.oneSite')}><p>{t('travel.oneSiteText')}</p></Notice> : null}
      {ways.data && sites.length >= 2 ? <Ways key={JSON.stringify(ways.data)} sites={sites} ways={ways.data} /> : null}
    </Page>
  );
}

function Ways({ sites, ways }: { readonly sites: readonly Location[]; readonly ways: readonly TravelPair[] }) {
  const pairs = sites.flatMap((a, i) => sites.slice(i + 1).map((b) => ({ a, b, key: keyOf(a.id, b.id) })));
  const known = Object.fromEntries(ways.map((w) => [keyOf(w.from_location_id, w.to_location_id), w]));
  const label = (p: (typeof pairs)[number]): string => t('travel.between', { a: p.a.name, b: p.b.name });
  const form = useForm<Record<string, string>>({
    initial: Object.fromEntries(pairs.map((p) => [p.key, known[p.key]?.minutes.toString() ?? ''])),
    submit: async (values) => {
      const shown = new Set(pairs.map((p) => p.key));
      const others = ways.filter((w) => !shown.has(keyOf(w.from_location_id, w.to_location_id)));
      const set = pairs.flatMap((p) => { const minutes = numberOf(values[p.key] ?? ''); return minutes ? [{ from_location_id: p.a.id, to_location_id: p.b.id, minutes }] : []; });
      await put('locations/travel', { pairs: [...others, ...set] });
      letGo();
      invalidate(['travel'], ['slots']);
      showToast(t('travel.saved'));
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  return (
    <FormFrame form={form} labels={Object.fromEntries(pairs.map((p) => [p.key, label(p)]))}>
      {pairs.map((p) => <NumberField key={p.key} {...form.bind(p.key)} label={label(p)} hint={t('travel.hint')} max={720} />)}
    </FormFrame>
  );
}
