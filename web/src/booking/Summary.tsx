import type { PublicClinic } from '../api/types';
import { formatDate, dateIn, formatDuration, formatTime, sameClock } from '../lib/time';
import { formatMoney } from '../lib/money';
import { locale, t } from './text';
import { zone, zoneName } from './zone';

export function priceText(minor: number, currency: string): string {
  return minor > 0 ? formatMoney(minor, currency, locale(), true) : t('free');
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
