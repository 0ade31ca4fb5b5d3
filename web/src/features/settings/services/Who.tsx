/** Who offers it, and which chair, room or device it takes. */
import { Check, Chips } from '../../../ui/Choices';
import { SelectField } from '../../../ui/Field';
import { t } from '../text';
import { flag, type SectionProps, type ServiceSection } from './section';

const idsOf = (text: string | undefined): string[] => (text ?? '').split(',').filter(Boolean);

export const who: ServiceSection = {
  title: t('service.who'),
  initial: (row, { providers }) => ({ provider_ids: [...(row?.provider_ids ?? providers.map((p) => p.id))].sort().join(), resource_kind: row?.resource_kind ?? '', any_provider: flag(row?.any_provider ?? true) }),
  body: (v) => ({ provider_ids: idsOf(v['provider_ids']), resource_kind: v['resource_kind'] || null, any_provider: v['any_provider'] === '1' }),
  labels: { provider_ids: t('service.providers'), resource_kind: t('service.needs') },
  Part: Who,
};

function Who({ form, context }: SectionProps) {
  return (
    <>
      <Chips label={t('service.providers')} options={context.providers} chosen={new Set(idsOf(form.values['provider_ids']))} onChange={(ids) => form.set('provider_ids', [...ids].sort().join())} />
      <Check label={t('service.any')} checked={form.values['any_provider'] === '1'} onChange={(on) => form.set('any_provider', flag(on))} />
      <div class="form-row">
        <SelectField {...form.bind('resource_kind')} label={t('service.needs')}>
          <option value="">{t('service.needs.none')}</option>
          <option value="chair">{t('service.needs.chair')}</option>
          <option value="room">{t('service.needs.room')}</option>
          <option value="device">{t('service.needs.device')}</option>
        </SelectField>
      </div>
    </>
  );
}
