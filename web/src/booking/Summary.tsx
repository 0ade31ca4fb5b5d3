import type { PublicClinic, Terms } from '../api/types';
import { formatDate, dateIn, formatDuration, formatTime, sameClock } from '../lib/time';
import { formatMoney } from '../lib/money';
import { locale, t } from './text';
import { zone, zoneName } from './zone';

export function priceText(minor: number, currency: string): string {
  return minor > 0 ? formatMoney(minor, currency, locale(), true) : t('free');
}

/** "Cancelling: free of charge until Tue 3 March, 10:00, then 50 % back". Notice is time that really passes, so each tier ends at an instant. */
export function termsText(terms: Terms, start: string | null): string {
  const end = (notice: number): number => Date.parse(start ?? '') - notice * 60_000;
  const parts = terms.tiers.filter(({ notice_min: notice }) => !(end(notice) < Date.now())).map(({ notice_min: notice, refund_percent: percent }) => {
    const what = percent === 100 ? t('terms.free') : percent ? t('terms.part', { percent }) : t('terms.none');
    if (!notice) return what;
    return start ? t('terms.until', { what, when: whenText(new Date(end(notice)).toISOString()) })
      : t('terms.before', { what, notice: formatDuration(notice, locale()) });
  });
  const last = terms.tiers[terms.tiers.length - 1];
  if (!last || last.notice_min) parts.push(t('terms.none'));
  return t('terms', { text: parts.join(t('terms.then')) });
}

/** "Tuesday 24 November, 09:00" in the zone that is shown. */
export function whenText(start: string): string {
  return `${formatDate(dateIn(start, zone.value), 'long', locale())}, ${formatTime(start, zone.value, locale())}`;
}

/** The instant in the shown zone, the zone, and the clinic's clock when it differs. */
export function When({ start, clinicZone }: { start: string; clinicZone: string }) {
  return (
    <>
      <time dateTime={start}>{whenText(start)}</time>
      <small class="muted">
        {zoneName(zone.value, start)}
        {sameClock(zone.value, clinicZone, start) ? null : <><br />{t('zone.there', { time: formatTime(start, clinicZone, locale()) })}</>}
      </small>
    </>
  );
}

interface Props {
  clinic: PublicClinic;
  serviceId: string | null;
  providerId: string | null;
  locationId: string | null;
  start: string | null;
}

/** What was chosen so far, beside (or on a phone above) the present step. */
export function Summary({ clinic, serviceId, providerId, locationId, start }: Props) {
  const service = clinic.services.find((one) => one.id === serviceId);
  if (!service) return null;
  const only = service.provider_ids.length === 1 ? service.provider_ids[0] : null;
  const provider = clinic.providers.find((one) => one.id === (providerId ?? only));
  const location = clinic.locations.find((one) => one.id === locationId) ?? (start && clinic.locations.length === 1 ? clinic.locations[0] : undefined);
  return (
    <section class="b-summary" aria-label={t('summary')}>
      <dl>
        <div class="b-summary-main">
          <dt>{t('summary.service')}</dt>
          <dd>{service.name}<small class="muted">{formatDuration(service.duration_min, locale())} · {priceText(service.price_minor, service.currency)}</small></dd>
        </div>
        {start ? <div class="b-summary-main"><dt>{t('summary.when')}</dt><dd><When start={start} clinicZone={clinic.time_zone} /></dd></div> : null}
        {provider ? <div><dt>{t('summary.with')}</dt><dd>{provider.name}</dd></div> : null}
        {location ? <div><dt>{t('summary.where')}</dt><dd>{location.name}{location.address ? <small class="muted">{location.address}</small> : null}</dd></div> : null}
      </dl>
    </section>
  );
}
