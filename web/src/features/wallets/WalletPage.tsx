/** A client's wallet: what is in it, what moved, and what staff does with it. */
import { useState } from 'preact/hooks';
import { create, get } from '../../api/client';
import type { ParamsProps } from '../../app/Screens';
import { can, zone } from '../../app/session';
import { Button, DateField, Dialog, Empty, FormFrame, Icon, Page, SelectField, Table, TextField, useForm, type Column } from '../../app/ui';
import { ApiError, urlOf } from '../../lib/http';
import { parseMoney } from '../../lib/money';
import { invalidate, useQuery } from '../../lib/query';
import { addDays, formatDateTime, todayIn } from '../../lib/time';
import { showToast } from '../../ui/Toast';
import { Loaded } from './Frame';
import { Gift, GiveOn, Package } from './Sell';
import { day, locale, money, run, t } from './text';
import type { Adjustment, Bucket, Line, Sold, Statement, Wallet } from './types';

type Act = 'topUp' | 'correct' | 'package' | 'gift' | 'on' | null;

export function WalletPage({ params }: ParamsProps) {
  const client = params['id'] ?? '';
  const query = useQuery<Wallet | null>(['wallets', client], async (signal) => {
    try {
      return (await get<Wallet>(`clients/${client}/wallet`, { signal })).data;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  });
  const [act, setAct] = useState<Act>(null);
  const w = query.data;
  const credit = w?.buckets.find((b) => b.kind === 'bought')?.available ?? 0;
  const actions = can('wallets.write') && w ? (
    <>
      <Button size="sm" icon="pencil" onClick={() => setAct('correct')}>{t('wallet.correct')}</Button>
      {credit > 0 ? <Button size="sm" onClick={() => setAct('on')}>{t('on.title')}</Button> : null}
      {can('wallets.approve') ? <Button size="sm" onClick={() => setAct('gift')}>{t('gift.give')}</Button> : null}
      <Button size="sm" onClick={() => setAct('package')}>{t('package.sell')}</Button>
      <Button size="sm" kind="primary" icon="plus" onClick={() => setAct('topUp')}>{t('wallet.topUp')}</Button>
    </>
  ) : undefined;
  return (
    <Page narrow title={w ? t('wallet.of', { name: w.client_name }) : t('the.wallet')} actions={actions} before={<a class="crumb" href={`/app/clients/${client}`}><Icon name="chevron-left" size="sm" /> {w?.client_name ?? t('client')}</a>}>
      <Loaded query={query} what={t('the.wallet')}>
        {(wallet) => (wallet ? <Inside wallet={wallet} /> : (
          <Empty icon="wallet" title={t('wallet.none')} text={t('wallet.noneText')}>
            {can('wallets.write') ? <Button kind="primary" onClick={() => void run(() => create<Wallet>('wallets', { client_id: client }), t('wallet.opened'))}>{t('wallet.open')}</Button> : null}
          </Empty>
        ))}
      </Loaded>
      {act === 'topUp' && w ? <TopUp wallet={w} onClose={() => setAct(null)} /> : null}
      {act === 'package' && w ? <Package wallet={w} onClose={() => setAct(null)} /> : null}
      {act === 'on' && w ? <GiveOn wallet={w} left={credit} onClose={() => setAct(null)} /> : null}
      {act === 'gift' && w ? <Gift wallet={w} onClose={() => setAct(null)} /> : null}
      {act === 'correct' && w ? <Correct wallet={w} onClose={() => setAct(null)} /> : null}
    </Page>
  );
}

const nameOf = (b: Bucket): string => (b.kind === 'granted' && b.category ? t(`category.${b.category}`) : b.kind === 'promo' || b.kind === 'visits' ? b.name : t(`bucket.${b.kind}`));

const buckets = (unit: string): readonly Column<Bucket>[] => [
  { key: 'name', head: t('wallet.bucket'), cell: (b) => <><strong>{nameOf(b)}</strong><br /><span class="muted">{b.policy_name ?? t(`kind.${b.kind}`)}{b.limit_left != null ? ` · ${t('wallet.family', { amount: money(b.limit_left, unit) })}` : ''}</span></> },
  { key: 'until', head: t('wallet.until'), nowrap: true, dim: true, cell: (b) => day(b.expires_on) },
  { key: 'available', head: t('wallet.available'), num: true, nowrap: true, cell: (b) => money(b.available, b.unit) },
];

const lines = (unit: string): readonly Column<Line>[] => [
  { key: 'when', head: t('wallet.when'), nowrap: true, dim: true, cell: (l) => formatDateTime(l.created_at, zone.value, locale()) },
  { key: 'what', head: t('wallet.what'), cell: (l) => <>{t(`cause.${l.cause as 'grant'}`)}{l.reason ? <><br /><span class="muted">{l.reason}</span></> : null}</> },
  { key: 'change', head: t('amount'), num: true, nowrap: true, cell: (l) => money(l.change, unit) },
  { key: 'balance', head: t('wallet.balance'), num: true, nowrap: true, hideSmall: true, cell: (l) => money(l.balance, unit) },
];

function Inside({ wallet }: { readonly wallet: Wallet }) {
  const today = todayIn(zone.value);
  const [from, setFrom] = useState(addDays(today, -90));
  const [to, setTo] = useState(today);
  const period = { from: from || null, to: to || null };
  const statement = useQuery<Statement>(['wallets', wallet.client_id, 'statement', from, to], async (signal) => (await get<Statement>(`wallets/${wallet.id}/statement`, { query: period, signal })).data);
  const shown = wallet.buckets.filter((b) => b.balance > 0);
  return (
    <>
      <dl class="facts">
        <div><dt>{t('wallet.balance')}</dt><dd class="num">{money(wallet.balance_minor, wallet.currency)}</dd></div>
        <div><dt>{t('wallet.available')}</dt><dd class="num">{money(wallet.available_minor, wallet.currency)}</dd></div>
      </dl>
      {shown.length === 0 ? <p class="muted">{t('wallet.empty')}</p> : <Table caption={t('the.wallet')} columns={buckets(wallet.currency)} rows={shown} rowKey={(b) => b.id} />}
      <div class="wallet-head">
        <h2>{t('wallet.statement')}</h2>
        <a class="btn btn-secondary btn-sm" href={urlOf(`wallets/${wallet.id}/statement/csv`, period)} download>{t('wallet.csv')}</a>
        <a class="btn btn-secondary btn-sm" href={urlOf(`wallets/${wallet.id}/statement/pdf`, period)} download>{t('wallet.pdf')}</a>
      </div>
      <div class="form-row">
        <DateField label={t('from')} value={from} max={to || today} onValue={setFrom} />
        <DateField label={t('to')} value={to} min={from} onValue={setTo} />
      </div>
      <Loaded query={statement} what={t('wallet.statement')}>
        {(s) => (s.lines.length === 0 ? <p class="muted">{t('wallet.noLines')}</p> : <Table caption={t('wallet.statement')} columns={lines(s.currency)} rows={[...s.lines].reverse()} rowKey={(l) => `${l.id}${l.bucket_id}`} />)}
      </Loaded>
    </>
  );
}

function TopUp({ wallet, onClose }: { readonly wallet: Wallet; readonly onClose: () => void }) {
  const form = useForm({
    initial: { amount: '' },
    fieldOf: () => 'amount',
    validate: (v) => (parseMoney(v.amount, wallet.currency) ? {} : { amount: t('amount.wrong') }),
    submit: async (v) => {
      await create<Sold>(`wallets/${wallet.id}/top-ups`, { amount_minor: parseMoney(v.amount, wallet.currency) });
      invalidate(['wallets'], ['orders']);
      showToast(t('wallet.ordered'));
      onClose();
    },
  });
  return (
    <Dialog title={t('wallet.topUp')} closeLabel={t('close')} onClose={onClose}>
      <FormFrame form={form} labels={{ amount: t('amount') }} saveLabel={t('wallet.topUpYes')}>
        <TextField {...form.bind('amount')} autoFocus inputMode="decimal" label={t('amount')} hint={t('wallet.topUpHint')} required />
      </FormFrame>
    </Dialog>
  );
}

function Correct({ wallet, onClose }: { readonly wallet: Wallet; readonly onClose: () => void }) {
  const form = useForm({
    initial: { bucket: '', way: 'give', amount: '', reason: '' },
    fieldOf: (path) => ({ amount_minor: 'amount', bucket_id: 'bucket' })[path] ?? path,
    validate: (v) => (parseMoney(v.amount, wallet.currency) ? {} : { amount: t('amount.wrong') }),
    submit: async (v) => {
      const size = parseMoney(v.amount, wallet.currency) ?? 0;
      const { data } = await create<Adjustment>(`wallets/${wallet.id}/adjustments`, { bucket_id: v.bucket || null, amount_minor: v.way === 'give' ? size : -size, reason: v.reason.trim() });
      invalidate(['wallets']);
      showToast(data.state === 'waiting' ? t('wallet.waits') : t('saved'));
      onClose();
    },
  });
  const money_ones = wallet.buckets.filter((b) => b.unit === wallet.currency);
  return (
    <Dialog title={t('wallet.correct')} closeLabel={t('close')} onClose={onClose}>
      <FormFrame form={form} labels={{ bucket: t('wallet.bucket'), way: t('wallet.way'), amount: t('amount'), reason: t('reason') }} saveLabel={t('save')}>
        <SelectField {...form.bind('bucket')} autoFocus label={t('wallet.bucket')}>
          <option value="">{t('bucket.bought')}</option>
          {money_ones.filter((b) => b.kind !== 'bought').map((b) => <option key={b.id} value={b.id}>{nameOf(b)}</option>)}
        </SelectField>
        <div class="form-row">
          <SelectField {...form.bind('way')} label={t('wallet.way')}><option value="give">{t('wallet.give')}</option><option value="take">{t('wallet.take')}</option></SelectField>
          <TextField {...form.bind('amount')} inputMode="decimal" label={t('amount')} required />
        </div>
        <TextField {...form.bind('reason')} label={t('reason')} hint={t('wallet.reasonHint')} required maxLength={200} />
      </FormFrame>
    </Dialog>
  );
}
