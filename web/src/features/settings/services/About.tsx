/** Name, colour, description, price. */
import { TextArea, TextField } from '../../../ui/Field';
import { editMoney, parseMoney } from '../../../lib/money';
import { ColorField, textOrNull } from '../forms';
import { t } from '../text';
import type { SectionProps, ServiceSection } from './section';

export const about: ServiceSection = {
  title: t('service.about'),
  initial: (row, { currency }) => ({ name: row?.name ?? '', color: row?.color ?? '#2563eb', description: row?.description ?? '', price: editMoney(row?.price_minor ?? 0, currency) }),
  body: (v, { currency }) => ({ name: v['name']?.trim(), color: v['color'], description: textOrNull(v['description'] ?? ''), price_minor: parseMoney(v['price'] ?? '', currency) ?? 0, currency }),
  labels: { name: t('service.name'), color: t('service.colour'), description: t('service.description'), price: t('service.price', { currency: '' }).replace(/\s*\(\)/, '') },
  validate: (v, { currency }) => (parseMoney(v['price'] ?? '', currency) === null ? { price: t('service.priceWanted') } : {}),
  fields: { price_minor: 'price' },
  Part: About,
};

function About({ form, context }: SectionProps) {
  return (
    <>
      <div class="form-row">
        <TextField {...form.bind('name')} label={t('service.name')} required data-invalid={t('service.nameWanted')} />
        <ColorField {...form.bind('color')} label={t('service.colour')} />
      </div>
      <TextArea {...form.bind('description')} label={t('service.description')} optional={t('optional')} hint={t('service.descriptionHint')} rows={2} />
      <div class="form-row">
        <TextField {...form.bind('price')} label={t('service.price', { currency: context.currency })} inputMode="decimal" required />
      </div>
    </>
  );
}
