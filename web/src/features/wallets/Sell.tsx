/** What is put into a wallet at the desk: a package of visits, which is ordered and paid, or a gift of the clinic. And which services are of which category. */
import { useState } from 'preact/hooks';
import { create, get, put } from '../../api/client';
import { useServices } from '../../app/data';
import { zone } from '../../app/session';
import { Button, Combobox, DateField, Dialog, Failed, FormFrame, Loading, Notice, NumberField, SelectField, TextField, useForm, type Option } from '../../app/ui';
import { parseMoney } from '../../lib/money';
import { invalidate, useQuery } from '../../lib/query';
import { navigate } from '../../lib/router';
import { addDays, todayIn } from '../../lib/time';
import { showToast } from '../../ui/Toast';
import { findClients, money, t } from './text';
import { CATEGORIES, type Category, type Sold, type Wallet } from './types';

export function Package({ wallet, onClose }: { readonly wallet: Wallet; readonly onClose: () => void }) {
  const services = (useServices().data ?? []).filter((s) => !s.archived);
  const form = useForm({
    initial: { service: '', visits: '10', price: '', until: '' },
    fieldOf: (path) => ({ service_id: 'service', price_minor: 'price', expires_on: 'until' })[path] ?? path,
    validate: (v) => ({ ...(v.service ? {} : { service: t('package.choose') }), ...(parseMoney(v.price, wallet.currency) === null ? { price: t('amount.wrong') } : {}) }),
    submit: async (v) => {
      const { data } = await create<Sold>(`wallets/${wallet.id}/packages`, { service_id: v.service, visits: Number(v.visits), price_minor: parseMoney(v.price, wallet.currency), expires_on: v.until || null });
      invalidate(['wallets'], ['orders']);
      showToast(t('wallet.ordered'));
      onClose();
      navigate(`/app/orders/${data.order_id}`);
    },
  });
  return (
    <Dialog title={t('package.sell')} closeLabel={t('close')} onClose={onClose}>
      <FormFrame form={form} labels={{ service: t('package.service'), visits: t('package.visits'), price: t('package.price'), until: t('package.until') }} saveLabel={t('wallet.topUpYes')}>
        <SelectField {...form.bind('service')} autoFocus label={t('package.service')} required>
          <option value="">{t('package.choose')}</option>
          {services.map((s) => <option key={s.id} value={s.id}>{s.name}</option>)}
        </SelectField>
        <div class="form-row">
          <NumberField {...form.bind('visits')} label={t('package.visits')} min={1} max={1000} required />
          <TextField {...form.bind('price')} inputMode="decimal" label={t('package.price')} required />
        </div>
        <DateField {...form.bind('until')} label={t('package.until')} optional={t('optional')} min={todayIn(zone.value)} />
      </FormFrame>
    </Dialog>
  );
}

export function Gift({ wallet, onClose }: { readonly wallet: Wallet; readonly onClose: () => void }) {
  const form = useForm({
    initial: { name: '', amount: '', until: addDays(todayIn(zone.value), 90), reason: '' },
    fieldOf: (path) => ({ amount_minor: 'amount', expires_on: 'until' })[path] ?? path,
    validate: (v) => (parseMoney(v.amount, wallet.currency) ? {} : { amount: t('amount.wrong') }),
    submit: async (v) => {
      await create(`wallets/${wallet.id}/promotions`, { name: v.name.trim(), amount_minor: parseMoney(v.amount, wallet.currency), expires_on: v.until, reason: v.reason.trim() });
      invalidate(['wallets']);
      showToast(t('saved'));
      onClose();
    },
  });
  return (
    <Dialog title={t('gift.give')} closeLabel={t('close')} onClose={onClose}>
      <FormFrame form={form} labels={{ name: t('gift.name'), amount: t('amount'), until: t('gift.until'), reason: t('reason') }} saveLabel={t('gift.give')}>
        <TextField {...form.bind('name')} autoFocus label={t('gift.name')} required maxLength={80} />
        <div class="form-row">
          <TextField {...form.bind('amount')} inputMode="decimal" label={t('amount')} required />
          <DateField {...form.bind('until')} label={t('gift.until')} min={todayIn(zone.value)} required />
        </div>
        <TextField {...form.bind('reason')} label={t('reason')} hint={t('wallet.reasonHint')} required maxLength={200} />
      </FormFrame>
    </Dialog>
  );
}

/** Credit that was topped up goes on to somebody of the same family. */
export function GiveOn({ wallet, left, onClose }: { readonly wallet: Wallet; readonly left: number; readonly onClose: () => void }) {
  const [to, setTo] = useState<Option | null>(null);
  const form = useForm({
    initial: { to: '', amount: '', reason: '' },
    fieldOf: (path) => ({ amount_minor: 'amount', to_client_id: 'to' })[path] ?? path,
    validate: (v) => ({ ...(to ? {} : { to: t('client.missing') }), ...(parseMoney(v.amount, wallet.currency) ? {} : { amount: t('amount.wrong') }) }),
    submit: async (v) => {
      await create(`wallets/${wallet.id}/transfers`, { to_client_id: to?.id, amount_minor: parseMoney(v.amount, wallet.currency), reason: v.reason.trim() || null });
      invalidate(['wallets']);
      showToast(t('on.done', { amount: money(parseMoney(v.amount, wallet.currency) ?? 0, wallet.currency), name: to?.label ?? '' }));
      onClose();
    },
  });
  return (
    <Dialog title={t('on.title')} closeLabel={t('close')} onClose={onClose}>
      <p class="muted">{t('on.text', { amount: money(left, wallet.currency) })}</p>
      <FormFrame form={form} labels={{ to: t('on.to'), amount: t('amount'), reason: t('reason') }} saveLabel={t('on.yes')}>
        <Combobox id={form.bind('to').id} label={t('on.to')} value={to} error={form.errors.to ?? null} autoFocus search={findClients} onChoose={setTo} />
        <TextField {...form.bind('amount')} inputMode="decimal" label={t('amount')} required />
        <TextField {...form.bind('reason')} label={t('reason')} optional={t('optional')} hint={t('wallet.reasonHint')} maxLength={200} />
      </FormFrame>
    </Dialog>
  );
}

interface Mapped { readonly service_id: string; readonly category: Category }

export function ServiceMap({ onClose }: { readonly onClose: () => void }) {
  const services = useServices();
  const map = useQuery<Mapped[]>(['benefits', 'services'], async (signal) => (await get<{ services: Mapped[] }>('benefit-services', { signal })).data.services);
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const of = (id: string): string => chosen[id] ?? map.data?.find((m) => m.service_id === id)?.category ?? '';
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const all = (services.data ?? []).map((s) => ({ service_id: s.id, category: of(s.id) })).filter((m) => m.category);
      await put('benefit-services', { services: all });
      invalidate(['benefits']);
      showToast(t('saved'));
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  const failed = services.error ?? map.error;
  return (
    <Dialog title={t('map.title')} closeLabel={t('close')} onClose={onClose} foot={<Button kind="primary" busy={busy} disabled={!services.data || !map.data} onClick={() => void save()}>{t('save')}</Button>}>
      <p class="muted">{t('map.text')}</p>
      {problem ? <Notice tone="danger" live><p>{problem}</p></Notice> : null}
      {failed ? <Failed error={failed} what={t('map.title')} onRetry={() => { services.reload(); map.reload(); }} /> : null}
      {!failed && (!services.data || !map.data) ? <Loading what={t('map.title')} rows={4} /> : null}
      {services.data && map.data ? services.data.filter((s) => !s.archived).map((s) => (
        <SelectField key={s.id} label={s.name} value={of(s.id)} onValue={(v) => setChosen({ ...chosen, [s.id]: v })}>
          <option value="">{t('map.none')}</option>
          {CATEGORIES.map((c) => <option key={c} value={c}>{t(`category.${c}`)}</option>)}
        </SelectField>
      )) : null}
    </Dialog>
  );
}
