/** What can be booked: the list, and the editor of one with a look at what the public would see. */
import { useProviders, useServices } from '../../../app/data';
import { session } from '../../../app/session';
import { formatMoney } from '../../../lib/money';
import { formatDuration } from '../../../lib/time';
import { Badge } from '../../../ui/Badge';
import { RecordEdit, RecordList } from '../records';
import type { SectionProps } from '../sections';
import { t } from '../text';
import { OwnTerms } from './OwnTerms';
import { Preview } from './Preview';
import { Questions } from './Questions';
import { ServiceForm } from './ServiceForm';
import { ShareEditor } from './Shares';

export default function Services({ id }: SectionProps) {
  const query = useServices();
  const providers = useProviders().data;
  const locale = session.value?.tenant.locale;
  if (id !== null) {
    return (
      <RecordEdit id={id} path="services" listTitle={t('services.title')} newTitle={t('services.new')} query={query} ready={providers !== undefined} aside={(row) => (row ? <Preview key={row.version} service={row} /> : null)}>
        {(row) => (
          <>
            <ServiceForm key={row?.version ?? 0} row={row} position={query.data?.length ?? 0} context={{ currency: row?.currency ?? session.value?.tenant.currency ?? 'EUR', providers: providers ?? [] }} />
            {row ? <ShareEditor service={row} providers={providers ?? []} /> : null}
            {row ? <OwnTerms service={row} /> : null}
            {row ? <Questions service={row} /> : null}
          </>
        )}
      </RecordEdit>
    );
  }
  return (
    <RecordList
      title={t('services.title')} lead={t('services.lead')} path="services" add={t('services.add')} query={query} icon="list" emptyText={t('services.empty')}
      mark={(s) => <span class="dot" style={{ '--c': s.color }} aria-hidden="true" />}
      detail={(s) => `${formatDuration(s.duration_min, locale)} · ${formatMoney(s.price_minor, s.currency, locale)}`}
      end={(s) => <Badge tone={s.public ? 'ok' : 'plain'}>{s.public ? t('services.online') : t('services.teamOnly')}</Badge>}
    />
  );
}
