/** What the public may do with it. */
import { Check } from '../../../ui/Choices';
import { NumberField } from '../../../ui/Inputs';
import { numberOf } from '../forms';
import { t } from '../text';
import { flag, type SectionProps, type ServiceSection } from './section';

export const booking: ServiceSection = {
  title: t('service.booking'),
  initial: (row) => ({ public: flag(row?.public ?? true), telehealth: flag(row?.telehealth ?? false), min_notice_min: row?.min_notice_min?.toString() ?? '', horizon_days: row?.horizon_days?.toString() ?? '', max_per_day: row?.max_per_day?.toString() ?? '' }),
  body: (v) => ({ public: v['public'] === '1', telehealth: v['telehealth'] === '1', min_notice_min: numberOf(v['min_notice_min'] ?? ''), horizon_days: numberOf(v['horizon_days'] ?? ''), max_per_day: numberOf(v['max_per_day'] ?? '') }),
  labels: { min_notice_min: t('service.notice'), horizon_days: t('service.horizon'), max_per_day: t('service.maxPerDay') },
  Part: Booking,
};

function Booking({ form }: SectionProps) {
  return (
    <>
      <Check label={t('service.public')} checked={form.values['public'] === '1'} onChange={(on) => form.set('public', flag(on))} />
      <Check label={t('service.telehealth')} checked={form.values['telehealth'] === '1'} onChange={(on) => form.set('telehealth', flag(on))} />
      <div class="form-row">
        <NumberField {...form.bind('min_notice_min')} label={t('service.notice')} hint={t('service.noticeHint')} />
        <NumberField {...form.bind('horizon_days')} label={t('service.horizon')} hint={t('service.horizonHint')} />
        <NumberField {...form.bind('max_per_day')} label={t('service.maxPerDay')} hint={t('service.maxPerDayHint')} min={1} />
      </div>
    </>
  );
}
