/** Claims for reimbursement: taking one in, and deciding. */
import { useState } from 'preact/hooks';
import { create, get, post } from '../../api/client';
import { can, zone } from '../../app/session';
import { Badge, Button, Combobox, DateField, Dialog, Empty, FormFrame, SelectField, Table, TextArea, TextField, textOrNull, useForm, type Column, type Option } from '../../app/ui';
import { invalidate, useQuery } from '../../lib/query';
import { address, setQuery } from '../../lib/router';
import { editMoney, parseMoney } from '../../lib/money';
import { todayIn } from '../../lib/time';
import { Frame, Loaded } from './Frame';
import { currency, day, findClients, money, run, t } from './text';
import { CATEGORIES, type Claim } from './types';

const TONES = { submitted: 'info', in_review: 'warn', paid: 'ok', rejected: 'danger' } as const;

export function Claims() {
  const all = address.value.query.get('show') === 'all';
  const query = useQuery<Claim[]>(['claims', all], async (signal) => (await get<Claim[]>('wallet-claims', { query: all ? { limit: 100 } : { open: 'true', limit: 100 }, signal })).data);
  const [adding, setAdding] = useState(false);
  const [deciding, setDeciding] = useState<Claim | null>(null);
  const add = can('wallets.write') ? <Button kind="primary" size="sm" icon="plus" onClick={() => setAdding(true)}>{t('claim.new')}</Button> : undefined;
  return (
    <Frame name="claims" actions={add}>
      <div class="tools">
        <select class="input input-sm" aria-label={t('claim.show')} value={all ? 'all' : 'open'} onChange={(event) => setQuery({ show: event.currentTarget.value === 'all' ? 'all' : null })}>
          <option value="open">{t('claim.open')}</option>
          <option value="all">{t('claim.all')}</option>
        </select>
      </div>
      <Loaded query={query} what={t('tab.claims')}>
        {(rows) => (rows.length === 0 ? <Empty icon="circle-check" title={t('claim.none')} text={t('claim.noneText')} /> : <Table caption={t('tab.claims')} columns={columns(setDeciding)} rows={rows} rowKey={(row) => row.id} />)}
      </Loaded>
      {adding ? <NewClaim onClose={() => setAdding(false)} /> : null}
      {deciding ? <Decide claim={deciding} onClose={() => setDeciding(null)} /> : null}
    </Frame>
  );
}

function columns(onDecide: (claim: Claim) => void): readonly Column<Claim>[] {
  const all: Column<Claim>[] = [
    { key: 'client', head: t('client'), cell: (k) => <><a href={`/app/wallets/of/${k.client_id}`}>{k.client_name}</a><br /><span class="muted">{k.description}</span></> },
    { key: 'category', head: t('category'), dim: true, fold: true, cell: (k) => <>{t(`category.${k.category}`)}<br />{day(k.treated_on)}</> },
    { key: 'amount', head: t('amount'), num: true, nowrap: true, cell: (k) => money(k.amount_minor, k.currency) },
    { key: 'state', head: t('claim.state'), fold: true, cell: (k) => <><Badge tone={TONES[k.state]}>{t(`claim.is.${k.state}`)}</Badge>{k.approved_minor != null ? <> {money(k.approved_minor, k.currency)}</> : null}{k.reason ? <><br /><span class="muted">{k.reason}</span></> : null}</> },
  ];
  const open = (k: Claim): boolean => k.state === 'submitted' || k.state === 'in_review';
  if (can('wallets.approve')) all.push({ key: 'act', head: t('actions'), cell: (k) => (open(k) ? <Button size="sm" aria-label={t('claim.decideOf', { name: k.client_name })} onClick={() => onDecide(k)}>{t('claim.decide')}</Button> : null) });
  return all;
}

function Decide({ claim, onClose }: { readonly claim: Claim; readonly onClose: () => void }) {
  const form = useForm({
    initial: { amount: editMoney(claim.amount_minor, claim.currency), reason: '' },
    fieldOf: (path) => ({ amount_minor: 'amount' })[path] ?? path,
    validate: (v) => (parseMoney(v.amount, claim.currency) ? {} : { amount: t('amount.wrong') }),
    submit: async (v) => {
      await post(`wallet-claims/${claim.id}/approve`, { amount_minor: parseMoney(v.amount, claim.currency), reason: textOrNull(v.reason) }, { version: claim.version });
      invalidate(['claims'], ['wallets']);
      onClose();
    },
  });
  const reject = async (): Promise<void> => {
    if (await run(() => post(`wallet-claims/${claim.id}/reject`, { reason: form.values.reason }, { version: claim.version }), t('claim.rejected'))) onClose();
  };
  return (
    <Dialog title={t('claim.decideOf', { name: claim.client_name })} closeLabel={t('close')} onClose={onClose}>
      <p>{claim.description}</p>
      <p class="muted">{t('claim.asked', { amount: money(claim.amount_minor, claim.currency), category: t(`category.${claim.category}`), date: day(claim.treated_on) })}</p>
      <FormFrame form={form} labels={{ amount: t('claim.pay'), reason: t('reason') }} saveLabel={t('claim.approve')} extra={<Button kind="danger-quiet" onClick={() => void reject()}>{t('claim.reject')}</Button>}>
        <TextField {...form.bind('amount')} autoFocus inputMode="decimal" label={t('claim.pay')} required />
        <TextField {...form.bind('reason')} label={t('reason')} hint={t('claim.reasonHint')} maxLength={300} />
      </FormFrame>
    </Dialog>
  );
}

function NewClaim({ onClose }: { readonly onClose: () => void }) {
  const [client, setClient] = useState<Option | null>(null);
  const form = useForm({
    initial: { client: '', category: 'consultation', amount: '', treated_on: todayIn(zone.value), description: '' },
    fieldOf: (path) => ({ client_id: 'client', amount_minor: 'amount' })[path] ?? path,
    validate: (v) => ({ ...(client ? {} : { client: t('client.missing') }), ...(parseMoney(v.amount, currency()) ? {} : { amount: t('amount.wrong') }) }),
    submit: async (v) => {
      await create<Claim>('wallet-claims', { client_id: client?.id, category: v.category, amount_minor: parseMoney(v.amount, currency()), treated_on: v.treated_on, description: v.description.trim() });
      invalidate(['claims']);
      onClose();
    },
  });
  return (
    <Dialog title={t('claim.new')} closeLabel={t('close')} onClose={onClose}>
      <FormFrame form={form} labels={{ client: t('client'), category: t('category'), amount: t('amount'), treated_on: t('claim.day'), description: t('claim.what') }} saveLabel={t('save')}>
        <Combobox id={form.bind('client').id} label={t('client')} value={client} error={form.errors.client ?? null} autoFocus search={findClients} onChoose={setClient} />
        <div class="form-row">
          <SelectField {...form.bind('category')} label={t('category')}>{CATEGORIES.map((c) => <option key={c} value={c}>{t(`category.${c}`)}</option>)}</SelectField>
          <TextField {...form.bind('amount')} inputMode="decimal" label={t('amount')} required />
        </div>
        <DateField {...form.bind('treated_on')} label={t('claim.day')} max={todayIn(zone.value)} />
        <TextArea {...form.bind('description')} label={t('claim.what')} required maxLength={500} />
      </FormFrame>
    </Dialog>
  );
}
