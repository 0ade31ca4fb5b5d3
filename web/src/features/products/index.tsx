/** Products: a section of the settings. */
import { create, get, patch } from '../../api/client';
import type { Product, TaxRate } from '../../api/types';
import { session } from '../../app/session';
import { texts } from '../../app/text';
import { Button, SelectField, showToast, TextField, useDirtyGuard, useForm } from '../../app/ui';
import { editMoney, formatMoney, parseMoney } from '../../lib/money';
import { invalidate, useQuery } from '../../lib/query';
import { navigate } from '../../lib/router';
import { useTenant } from '../../app/data';
import { FormFrame, textOrNull, withVersion } from '../settings/forms';
import { archive, RecordEdit, RecordList } from '../settings/records';
import type { SectionProps } from '../settings/sections';
import en from './en.json';

const t = texts(en);

export default function Products({ id }: SectionProps) {
  const query = useQuery<Product[]>(['products'], async (signal) => (await get<Product[]>('products', { signal })).data);
  const rates = useQuery<TaxRate[]>(['tax-rates', true], async (signal) => (await get<TaxRate[]>('tax-rates', { query: { archived: true }, signal })).data);
  const locale = session.value?.tenant.locale;
  const detail = (p: Product): string => [formatMoney(p.price_minor, p.currency, locale), rates.data?.find((r) => r.id === p.tax_rate_id)?.name, p.sku].filter(Boolean).join(' · ');
  if (id !== null) return <RecordEdit id={id} path="products" listTitle={t('title')} newTitle={t('new')} query={query} ready={rates.data !== undefined}>{(row) => <ProductForm key={row?.version ?? 0} row={row} rates={rates.data ?? []} />}</RecordEdit>;
  return <RecordList title={t('title')} lead={t('lead')} path="products" add={t('add')} query={query} icon="list" emptyText={t('emptyText')} detail={detail} />;
}

function ProductForm({ row, rates }: { readonly row: Product | null; readonly rates: readonly TaxRate[] }) {
  const currency = row?.currency ?? useTenant().data?.currency ?? 'EUR';
  const form = useForm({
    initial: { name: row?.name ?? '', sku: row?.sku ?? '', category: row?.category ?? '', price: row ? editMoney(row.price_minor, currency) : '', tax: row?.tax_rate_id ?? '' },
    validate: (v) => (parseMoney(v.price, currency) === null ? { price: t('priceWanted') } : {}),
    fieldOf: (path) => ({ price_minor: 'price', tax_rate_id: 'tax' })[path] ?? path,
    submit: async (v) => {
      const body = { name: v.name.trim(), sku: textOrNull(v.sku), category: textOrNull(v.category), price_minor: parseMoney(v.price, currency) ?? 0, tax_rate_id: v.tax || null };
      if (row) await withVersion(t('it'), () => patch<Product>(`products/${row.id}`, body, { version: row.version }));
      else await create<Product>('products', body);
      letGo();
      invalidate(['products']);
      showToast(t('saved', { name: body.name }));
      if (!row) navigate('/app/settings/products');
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  return (
    <FormFrame form={form} labels={{ name: t('name'), sku: t('sku'), category: t('category'), price: t('priceWord'), tax: t('tax') }} extra={row ? <Button kind="danger-quiet" size="sm" onClick={() => void archive('products', row, t('archiveText'))}>{t('archive')}</Button> : null}>
      <TextField {...form.bind('name')} label={t('name')} required maxLength={120} data-invalid={t('nameWanted')} />
      <div class="form-row">
        <TextField {...form.bind('price')} label={t('price', { currency })} inputMode="decimal" required />
        <SelectField {...form.bind('tax')} label={t('tax')}>
          <option value="">{t('tax.none')}</option>
          {rates.filter((r) => !r.archived || r.id === row?.tax_rate_id).map((r) => <option key={r.id} value={r.id}>{r.name}</option>)}
        </SelectField>
      </div>
      <div class="form-row">
        <TextField {...form.bind('sku')} label={t('sku')} hint={t('sku.hint')} optional={t('optional')} maxLength={60} />
        <TextField {...form.bind('category')} label={t('category')} hint={t('category.hint')} optional={t('optional')} maxLength={60} />
      </div>
    </FormFrame>
  );
}
