/** How long it takes, and what is kept around it. */
import { NumberField } from '../../../ui/Inputs';
import { t } from '../text';
import type { SectionProps, ServiceSection } from './section';

const FIELDS = ['duration_min', 'buffer_before_min', 'buffer_after_min', 'step_min'] as const;

export const time: ServiceSection = {
  title: t('service.time'),
  lead: t('service.timeLead'),
  initial: (row) => ({ duration_min: String(row?.duration_min ?? 30), buffer_before_min: String(row?.buffer_before_min ?? 0), buffer_after_min: String(row?.buffer_after_min ?? 0), step_min: String(row?.step_min ?? 15) }),
  body: (v) => Object.fromEntries(FIELDS.map((name) => [name, Number(v[name])])),
  labels: { duration_min: t('service.duration'), buffer_before_min: t('service.before'), buffer_after_min: t('service.after'), step_min: t('service.step') },
  Part: Time,
};

function Time({ form }: SectionProps) {
  return (
    <div class="form-row form-row-4">
      <NumberField {...form.bind('duration_min')} label={t('service.duration')} hint={t('service.minutes')} min={5} max={1440} required />
      <NumberField {...form.bind('buffer_before_min')} label={t('service.before')} hint={t('service.minutesKept')} max={240} required />
      <NumberField {...form.bind('buffer_after_min')} label={t('service.after')} hint={t('service.minutesKept')} max={240} required />
      <NumberField {...form.bind('step_min')} label={t('service.step')} hint={t('service.minutes')} min={5} max={240} required />
    </div>
  );
}
