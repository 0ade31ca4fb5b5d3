import { useState } from 'preact/hooks';
import type { Booked, PublicClinic } from '../api/types';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { calendarUrl } from './api';
import { ScreenHead } from './Shell';
import { priceText, When, whenText } from './Summary';
import { t } from './text';

interface Props {
  clinic: PublicClinic;
  booked: Booked;
  name: string;
  onAgain: () => void;
}

export function DoneStep({ clinic, booked, name, onAgain }: Props) {
  const [copied, setCopied] = useState(false);
  const { appointment, token } = booked;
  const requested = appointment.status === 'requested';
  const kind = requested ? '.requested' : '';
  const link = `/b/${encodeURIComponent(token)}`;
  const copy = (): void => {
    navigator.clipboard?.writeText(window.location.origin + link).then(() => setCopied(true), () => undefined);
  };
  return (
    <div class="b-done">
      <span class={requested ? 'b-seal is-pending' : 'b-seal'}><Icon name={requested ? 'clock' : 'check'} /></span>
      <ScreenHead title={t(`done.title${kind}`)} clinicName={clinic.name}>
        <p class="muted">{t(`done.lead${kind}`, { name, until: appointment.lapses_at ? whenText(appointment.lapses_at) : '' })}</p>
      </ScreenHead>
      <dl class="b-facts">
        <div><dt>{t('summary.when')}</dt><dd><strong><When start={appointment.start} clinicZone={clinic.time_zone} /></strong></dd></div>
        <div><dt>{t('summary.service')}</dt><dd>{appointment.service_name}</dd></div>
        <div><dt>{t('summary.with')}</dt><dd>{appointment.provider_name}</dd></div>
        <div><dt>{t('summary.where')}</dt><dd>{appointment.location_name}</dd></div>
        <div><dt>{t('summary.price')}</dt><dd>{priceText(appointment.price_minor, appointment.currency)}</dd></div>
      </dl>
      <div class="form-actions">
        {requested ? null : <a class="btn btn-primary" href={calendarUrl(token)} download><Icon name="calendar-plus" />{t('done.calendar')}</a>}
        <a class="btn btn-secondary" href={link}>{t('done.manage')}</a>
      </div>
      <p class="b-keep small muted">
        <span>{t('done.keep')}</span>
        {navigator.clipboard ? <button type="button" class="link-btn" onClick={copy}><span role="status">{copied ? t('done.copied') : t('done.copy')}</span></button> : null}
      </p>
      <p><Button kind="quiet" size="sm" icon="plus" onClick={onAgain}>{t('done.again')}</Button></p>
    </div>
  );
}
