/** One plan: what it pays, and who is enrolled. */
import { useState } from 'preact/hooks';
import { create, get, patch } from '../../api/client';
import type { ParamsProps } from '../../app/Screens';
import { can, zone } from '../../app/session';
import { Button, Combobox, confirm, DateField, Dialog, Empty, FormFrame, Icon, Page, Pager, SelectField, Table, TextField, textOrNull, useForm, type Column, type Option } from '../../app/ui';
import type { Reply } from '../../lib/http';
import { invalidate, useQuery } from '../../lib/query';
import { address } from '../../lib/router';
import { todayIn } from '../../lib/time';
import { Loaded } from './Frame';
import { PlanDialog } from './PlanDialog';
import { day, findClients, money, run, t } from './text';
import type { Member, Policy, PolicyCategory } from './types';

const LIMIT = 50;

export function PlanPage({ params }: ParamsProps) {
  const id = params['id'] ?? '';
  const page = Math.max(1, Number(address.value.query.get('page')) || 1);
  const plan = useQuery<Policy>(['benefits', 'plan', id], async (signal) => (await get<Policy>(`benefit-policies/${id}`, { signal })).data);
  const members = useQuery<Reply<Member[]>>(['benefits', 'members', id, page], (signal) => get<Member[]>('benefit-members', { query: { policy_id: id, page, limit: LIMIT }, signal }));
  const [editing, setEditing] = useState(false);
  const [enrolling, setEnrolling] = useState(false);
  const p = plan.data;
  const actions = (
    <>
      {can('wallets.approve') && p ? <Button size="sm" icon="pencil" onClick={() => setEditing(true)}>{t('plan.edit')}</Button> : null}
      {can('wallets.write') && p && !p.archived ? <Button size="sm" kind="primary" icon="user-plus" onClick={() => setEnrolling(true)}>{t('member.new')}</Button> : null}
    </>
  );
  return (
    <Page narrow title={p?.name ?? t('the.plan')} lead={p ? t('plan.of', { name: p.sponsor_name }) : undefined} actions={actions} before={<a class="crumb" href="/app/wallets"><Icon name="chevron-left" size="sm" /> {t('title')}</a>}>
      <Loaded query={plan} what={t('the.plan')}>
        {(data) => (
          <>
            <Table caption={t('plan.pays')} columns={categories(data.currency)} rows={data.categories} rowKey={(row) => row.category} />
            {data.family_limit_minor != null ? <p class="muted">{t('plan.familyIs', { amount: money(data.family_limit_minor, data.currency) })}</p> : null}
          </>
        )}
      </Loaded>
      <h2 class="wallet-part">{t('members')}</h2>
      <Loaded query={members} what={t('members')}>
        {(reply) => (reply.data.length === 0 ? <Empty icon="users" title={t('member.none')} text={t('member.noneText')} /> : <Table caption={t('members')} columns={COLUMNS} rows={reply.data} rowKey={(row) => row.id} />)}
      </Loaded>
      {members.data?.meta.pagination ? <Pager pagination={members.data.meta.pagination} /> : null}
      {editing && p ? <PlanDialog sponsor={{ id: p.sponsor_id, name: p.sponsor_name }} plan={p} onClose={() => setEditing(false)} /> : null}
      {enrolling ? <Enrol policy={id} heads={(members.data?.data ?? []).filter((m) => !m.head_id)} onClose={() => setEnrolling(false)} /> : null}
    </Page>
  );
}

const categories = (unit: string): readonly Column<PolicyCategory>[] => [
  { key: 'category', head: t('category'), cell: (row) => t(`category.${row.category}`) },
  { key: 'limit', head: t('plan.limit'), num: true, cell: (row) => money(row.limit_minor, unit) },
  { key: 'coverage', head: t('plan.covered'), num: true, cell: (row) => `${row.coverage_ppm / 10_000} %` },
  { key: 'copay', head: t('plan.copay'), num: true, nowrap: true, cell: (row) => money(row.copay_minor, unit) },
];

async function end(member: Member): Promise<void> {
  if (!(await confirm({ title: t('member.end', { name: member.client_name }), text: t('member.endText'), yes: t('member.endYes'), no: t('cancel') }))) return;
  await run(() => patch(`benefit-members/${member.id}`, { ends_on: todayIn(zone.value) }, { version: member.version }), t('saved'));
}

const COLUMNS: readonly Column<Member>[] = [
  { key: 'name', head: t('member.name'), cell: (m) => <a href={`/app/wallets/of/${m.client_id}`}>{m.client_name}</a> },
  { key: 'family', head: t('member.family'), dim: true, hideSmall: true, cell: (m) => m.head_name ?? t('member.head') },
  { key: 'number', head: t('member.number'), dim: true, hideSmall: true, cell: (m) => m.number ?? '' },
  { key: 'from', head: t('from'), nowrap: true, dim: true, fold: true, cell: (m) => day(m.starts_on) },
  { key: 'to', head: t('to'), nowrap: true, cell: (m) => (m.ends_on ? day(m.ends_on) : can('wallets.write') ? <Button size="sm" kind="quiet" aria-label={t('member.end', { name: m.client_name })} onClick={() => void end(m)}>{t('member.endYes')}</Button> : '–') },
];

function Enrol({ policy, heads, onClose }: { readonly policy: string; readonly heads: readonly Member[]; readonly onClose: () => void }) {
  const [client, setClient] = useState<Option | null>(null);
  const form = useForm({
    initial: { client: '', head: '', starts_on: todayIn(zone.value), number: '' },
    fieldOf: (path) => ({ client_id: 'client', head_id: 'head' })[path] ?? path,
    validate: () => (client ? {} : { client: t('client.missing') }),
    submit: async (v) => {
      await create<Member>('benefit-members', { policy_id: policy, client_id: client?.id, head_id: v.head || null, starts_on: v.starts_on, number: textOrNull(v.number) });
      invalidate(['benefits'], ['wallets']);
      onClose();
    },
  });
  return (
    <Dialog title={t('member.new')} closeLabel={t('close')} onClose={onClose}>
      <FormFrame form={form} labels={{ client: t('client'), head: t('member.family'), starts_on: t('from'), number: t('member.number') }} saveLabel={t('member.new')}>
        <Combobox id={form.bind('client').id} label={t('client')} value={client} error={form.errors.client ?? null} autoFocus search={findClients} onChoose={setClient} />
        {heads.length > 0 ? (
          <SelectField {...form.bind('head')} label={t('member.family')}>
            <option value="">{t('member.head')}</option>
            {heads.map((m) => <option key={m.id} value={m.id}>{m.client_name}</option>)}
          </SelectField>
        ) : null}
        <DateField {...form.bind('starts_on')} label={t('from')} />
        <TextField {...form.bind('number')} label={t('member.number')} optional={t('optional')} maxLength={60} />
      </FormFrame>
    </Dialog>
  );
}
