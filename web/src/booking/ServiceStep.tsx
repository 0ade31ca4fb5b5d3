import type { PublicClinic } from '../api/types';
import { formatDuration } from '../lib/time';
import { Icon } from '../ui/Icon';
import { ScreenHead } from './Shell';
import { priceText } from './Summary';
import { locale, t } from './text';

interface Props {
  clinic: PublicClinic;
  quiet: boolean;
  onService: (id: string) => void;
}

export function ServiceStep({ clinic, quiet, onService }: Props) {
  return (
    <>
      <ScreenHead title={t('service.title')} clinicName={clinic.name} step={1} steps={3} quiet={quiet} />
      <ul class="b-services" aria-label={t('service.list')}>
        {clinic.services.map((service) => (
          <li key={service.id}>
            <button type="button" class="b-service" onClick={() => onService(service.id)}>
              <span class="b-service-name">{service.name}</span>
              <span class="b-service-price num">{priceText(service.price_minor, service.currency)}</span>
              <span class="b-service-about">
                <span class="b-service-time"><Icon name="clock" size="sm" />{formatDuration(service.duration_min, locale())}</span>
                {service.description ? <span>{service.description}</span> : null}
              </span>
              <Icon name="chevron-right" />
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
