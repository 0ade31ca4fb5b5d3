/** Corrections of wallets that wait for a second person, and the clinic's rules for wallets. */
import { useState } from 'preact/hooks';
import { get, post, put } from '../../api/client';
import { can, session, zone } from '../../app/session';
import { Button, Dialog, Empty, FormFrame, Table, TextField, useForm, withVersion, type Column } from '../../app/ui';
import { editMoney, parseMoney } from '../../lib/money';
import { setQueryData, useQuery } from '../../lib/query';
import { formatDateTime } from '../../lib/time';
import { showToast } from '../../ui/Toast';
import { Frame, Loaded } from './Frame';
import { currency, locale, money, run, t } from './text';
import type { Adjustment } from './types';

interface Rules { readonly approval_over_minor: number; readonly top_up_day_minor: number; readonly version: number }
const RULES = ['wallets', 'rules'] as const;

export function Corrections() {
  const query = useQuery<Adjustment[]>(['wallets', 'corrections'], async (signal) => (await get<Adjustment[]>('wallet-adjustments', { signal })).data);
  const rules = useQuery<Rules>(RULES, async (signal) => (await get<Rules>('wallet-rules', { signal })).data).data;
  const [setting, setSetting] = useState(false);
  const change = rules && can('settings.write') ? <Button size="sm" icon="settings" onClick={() => setSetting(true)}>{t('rules.title')}</Button> : undefined;
  return (
    <Frame name="corrections" actions={change}>
      <Loaded query={query} what={t('tab.corrections')}>
        {(rows) => (rows.length === 0 ? <Empty icon="circle-check" title={t('correction.none')} text={rules ? t('correction.noneText', { amount: money(rules.approval_over_minor) }) : undefined} /> : <Table caption={t('tab.corrections')} columns={COLUMNS} rows={rows} rowKey={(row) => row.id} />)}
      </Loaded>
      {setting && rules ? <RulesDialog rules={rules} onClose={() => setSetting(false)} /> : null}
    </Frame>
  );
}

function RulesDialog({ rules, onClose }: { readonly rules: Rules; readonly onClose: () => void }) {
  const form = useForm({
    initial: { approval: editMoney(rules.approval_over_minor, currency()), day: editMoney(rules.top_up_day_minor, currency()) },
    fieldOf: (path) => ({ approval_over_minor: 'approval', top_up_day_minor: 'day' })[path] ?? path,
    validate: (v) => ({ ...(parseMoney(v.approval, currency()) === null ? { approval: t('amount.wrong') } : {}), ...(parseMoney(v.day, currency()) === null ? { day: t('amount.wrong') } : {}) }),
    submit: async (v) => {
      const body = { approval_over_minor: parseMoney(v.approval, currency()), top_up_day_minor: parseMoney(v.day, currency()) };
      const { data } = await withVersion(t('rules.title'), () => put<Rules>('wallet-rules', body, rules.version ? { version: rules.version } : {}));
      setQueryData(RULES, data);
      showToast(t('saved'));
      onClose();
    },
  });
  return (
    <Dialog title={t('rules.title')} closeLabel={t('close')} onClose={onClose}>
      <FormFrame form={form} labels={{ approval: t('rules.approval'), day: t('rules.day') }} saveLabel={t('save')}>
        <TextField {...form.bind('approval')} autoFocus inputMode="decimal" label={t('rules.approval')} hint={t('rules.approvalHint')} required />
        <TextField {...form.bind('day')} inputMode="decimal" label={t('rules.day')} hint={t('rules.dayHint')} required />
      </FormFrame>
    </Dialog>
  );
}

/** Nobody decides on the own. */
function Decide({ row }: { readonly row: Adjustment }) {
  if (!can('wallets.approve')) return null;
  if (row.asked_by === session.value?.member.id) return <span class="muted">{t('correction.own')}</span>;
  const decide = (how: 'approve' | 'refuse', done: string): void => void run(() => post(`wallet-adjustments/${row.id}/${how}`), done);
  return (
    <>
      <Button size="sm" kind="primary" aria-label={t('correction.approveOf', { name: row.client_name })} onClick={() => decide('approve', t('correction.approved'))}>{t('correction.approve')}</Button>
      <Button size="sm" kind="danger-quiet" aria-label={t('correction.refuseOf', { name: row.client_name })} onClick={() => decide('refuse', t('correction.refused'))}>{t('correction.refuse')}</Button>
    </>
  );
}

const COLUMNS: readonly Column<Adjustment>[] = [
  { key: 'client', head: t('client'), cell: (row) => <>{row.client_name}<br /><span class="muted">{row.reason}</span></> },
  { key: 'amount', head: t('amount'), num: true, nowrap: true, cell: (row) => money(row.amount_minor, row.unit) },
  { key: 'by', head: t('correction.by'), dim: true, fold: true, cell: (row) => <>{row.asked_by_name}<br />{formatDateTime(row.created_at, zone.value, locale())}</> },
  { key: 'act', head: t('actions'), cell: (row) => <span class="wallet-acts"><Decide row={row} /></span> },
];
