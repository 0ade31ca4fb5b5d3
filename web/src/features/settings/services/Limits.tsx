/** How much one client may book on line, and until when it may be moved and cancelled there. */
import { NumberField } from '../../../ui/Inputs';
import { numberOf } from '../forms';
import { t } from '../text';
import type { SectionProps, ServiceSection } from './section';

const FIELDS = ['max_per_client_day', 'max_per_client_week', 'max_per_client_open', 'move_notice_min', 'cancel_notice_min'] as const;

export const limits: ServiceSection = {
  title: t('service.limits'),
  lead: t('service.limitsLead'),
  initial: (row) => Object.fromEntries(FIELDS.map((name) => [name, row?.[name]?.toString() ?? ''])),
  body: (v) => Object.fromEntries(FIELDS.map((name) => [name, numberOf(v[name] ?? '')])),
  labels: { max_per_client_day: t('service.limitDay'), max_per_client_week: t('service.limitWeek'), max_per_client_open: t('service.limitOpen'), move_notice_min: t('service.moveNotice'), cancel_notice_min: t('service.cancelNotice') },
  Part: Limits,
};

function Limits({ form }: SectionProps) {
  return (
    <>
      <div class="form-row">
        <NumberField {...form.bind('max_per_client_day')} label={t('service.limitDay')} min={1} max={100} />
        <NumberField {...form.bind('max_per_client_week')} label={t('service.limitWeek')} min={1} max={100} />
        <NumberField {...form.bind('max_per_client_open')} label={t('service.limitOpen')} min={1} max={100} />
      </div>
      <h3>{t('service.notices')}</h3>
      <div class="form-row">
        <NumberField {...form.bind('move_notice_min')} label={t('service.moveNotice')} hint={t('service.noticeOwnHint')} />
        <NumberField {...form.bind('cancel_notice_min')} label={t('service.cancelNotice')} hint={t('service.noticeOwnHint')} />
      </div>
    </>
  );
}
