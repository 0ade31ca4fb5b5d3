/** Bookings that the team looks at first. */
import { Check } from '../../../ui/Choices';
import { NumberField } from '../../../ui/Inputs';
import { t } from '../text';
import { flag, type SectionProps, type ServiceSection } from './section';

const HOUR_MIN = 60;

export const approval: ServiceSection = {
  title: t('service.approval'),
  lead: t('service.approvalLead'),
  initial: (row) => ({ approval_required: flag(row?.approval_required), approval_holds_time: flag(row?.approval_holds_time ?? true), approval_hours: String((row?.approval_expires_after_min ?? 24 * HOUR_MIN) / HOUR_MIN) }),
  body: (v) => ({ approval_required: v['approval_required'] === '1', approval_holds_time: v['approval_holds_time'] === '1', approval_expires_after_min: Math.round(Number(v['approval_hours']) * HOUR_MIN) }),
  labels: { approval_hours: t('service.approvalExpires') },
  fields: { approval_expires_after_min: 'approval_hours' },
  Part: Approval,
};

function Approval({ form }: SectionProps) {
  const asked = form.values['approval_required'] === '1';
  return (
    <>
      <Check label={t('service.approvalRequired')} checked={asked} onChange={(on) => form.set('approval_required', flag(on))} />
      {asked ? (
        <>
          <Check label={t('service.approvalHolds')} checked={form.values['approval_holds_time'] === '1'} onChange={(on) => form.set('approval_holds_time', flag(on))} />
          <div class="form-row">
            <NumberField {...form.bind('approval_hours')} label={t('service.approvalExpires')} hint={t('service.approvalExpiresHint')} min={1} max={720} required data-invalid={t('service.approvalWanted')} />
          </div>
        </>
      ) : null}
    </>
  );
}
