/** Private booking links: the list, making one, withdrawing one. */
import { useState } from 'preact/hooks';
import { create, get, post } from '../../api/client';
import type { BookingLink, Client } from '../../api/types';
import { useProviders, useServices } from '../../app/data';
import { can, session, zone } from '../../app/session';
import { Badge, Button, Chips, Combobox, confirm, DateField, Dialog, Empty, Failed, Icon, Loading, Notice, NumberField, Page, Pager, SelectField, showToast, TextField, type Option } from '../../app/ui';
import { texts } from '../../app/text';
import { ApiError, type Reply } from '../../lib/http';
import { invalidate, useQuery } from '../../lib/query';
import { address } from '../../lib/router';
import { addDays, formatDate, dateIn, instantOf, todayIn, toInstantText } from '../../lib/time';
import en from './en.json';

const t = texts(en);
const TONES = { active: 'ok', used: 'plain', expired: 'plain', revoked: 'danger' } as const;
const LIMIT = 50;
const DAYS = 30;

export default function Links() {
  const page = Math.max(1, Number(address.value.query.get('page')) || 1);
  const list = useQuery<Reply<BookingLink[]>>(['links', page], (signal) => get<BookingLink[]>('booking-links', { query: { page, limit: LIMIT }, signal }));
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<BookingLink | null>(null);
  const add = can('schedule.write') ? <Button kind="primary" size="sm" icon="plus" onClick={() => setMaking(true)}>{t('new')}</Button> : undefined;
  return (
    <Page narrow title={t('title')} lead={t('lead')} actions={add}>
      {list.error && !list.data ? <Failed error={list.error} what={t('title')} onRetry={list.reload} /> : null}
      {!list.data && !list.error ? <Loading what={t('title')} /> : null}
      {list.data && list.data.data.length === 0 ? <Empty icon="link" title={t('empty')} text={t('emptyText')} /> : null}
      {list.data && list.data.data.length > 0 ? <ul class="rows">{list.data.data.map((row) => <Row key={row.id} row={row} />)}</ul> : null}
      {list.data?.meta.pagination ? <Pager pagination={list.data.meta.pagination} /> : null}
      {making ? <NewLink onClose={() => setMaking(false)} onMade={(row) => { setMaking(false); setMade(row); invalidate(['links']); }} /> : null}
      {made ? <Ready row={made} onClose={() => setMade(null)} /> : null}
    </Page>
  );
}

function copy(row: BookingLink): void {
  navigator.clipboard?.writeText(row.url).then(() => showToast(t('copied')), () => undefined);
}

/** A link that ends at midnight is good for the day before. */
const lastDay = (row: BookingLink): string => dateIn(toInstantText(Date.parse(row.expires_at) - 1), zone.value);

function Row({ row }: { readonly row: BookingLink }) {
  const services = useServices().data ?? [];
  const names = row.service_ids.map((id) => services.find((s) => s.id === id)?.name).filter(Boolean).join(', ');
  const revoke = async (): Promise<void> => {
    if (!(await confirm({ title: t('revoke.title'), text: t('revoke.text'), yes: t('revoke.yes'), no: t('revoke.no') }))) return;
    try {
      await post<BookingLink>(`booking-links/${row.id}/revoke`);
      showToast(t('revoked'));
    } catch (error) {
      showToast((error as Error).message, { danger: true });
    }
    invalidate(['links']);
  };
  const facts = [
    row.client_name ? t('for', { name: row.client_name }) : null, row.provider_name ? t('with', { name: row.provider_name }) : null, t('left', { uses: row.uses, count: row.max_uses }),
    t('until', { when: formatDate(lastDay(row), 'short', session.value?.tenant.locale) }), t('by', { name: row.created_by }),
  ].filter(Boolean);
  return (
    <li class="link-row">
      <Icon name="link" class="cell-dim" />
      <span class="row-text"><strong>{names}</strong><span class="muted">{facts.join(' · ')}</span>{row.note ? <span class="muted">{row.note}</span> : null}</span>
      <Badge tone={TONES[row.state]}>{t(`state.${row.state}`)}</Badge>
      {row.state === 'active' ? (
        <span class="link-acts">
          {navigator.clipboard ? <Button size="sm" kind="quiet" icon="copy" aria-label={`${t('copy')}: ${names}`} onClick={() => copy(row)} /> : null}
          {can('schedule.write') ? <Button size="sm" kind="danger-quiet" aria-label={`${t('revoke')}: ${names}`} onClick={() => void revoke()}>{t('revoke')}</Button> : null}
        </span>
      ) : null}
    </li>
  );
}

async function findClients(text: string, signal: AbortSignal): Promise<readonly Option[]> {
  const { data } = await get<Client[]>('clients', { query: { q: text, limit: 8 }, signal });
  return data.map((c) => ({ id: c.id, label: c.name, detail: c.phone ?? c.email }));
}

function NewLink({ onClose, onMade }: { readonly onClose: () => void; readonly onMade: (row: BookingLink) => void }) {
  const services = useServices().data ?? [];
  const providers = useProviders().data ?? [];
  const today = todayIn(zone.value);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [provider, setProvider] = useState('');
  const [client, setClient] = useState<Option | null>(null);
  const [until, setUntil] = useState(addDays(today, DAYS));
  const [uses, setUses] = useState('1');
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [empty, setEmpty] = useState(false);
  const can_treat = providers.filter((p) => chosen.size === 0 || p.service_ids.some((id) => chosen.has(id)));
  const make = async (): Promise<void> => {
    setEmpty(chosen.size === 0);
    setFailure(null);
    if (chosen.size === 0 || busy) return;
    setBusy(true);
    try {
      const end = toInstantText(instantOf(addDays(until, 1), 0, zone.value));
      const body = { service_ids: [...chosen], max_uses: Number(uses) || 1, expires_at: end, ...(provider ? { provider_id: provider } : {}), ...(client ? { client_id: client.id } : {}), ...(note.trim() ? { note: note.trim() } : {}) };
      onMade((await create<BookingLink>('booking-links', body)).data);
    } catch (error) {
      setFailure(error as ApiError);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('new')} closeLabel={t('close')} onClose={onClose} foot={<><Button class="foot-start" onClick={onClose}>{t('cancel')}</Button><Button kind="primary" busy={busy} onClick={() => void make()}>{t('create')}</Button></>}>
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void make(); }}>
        {failure || empty ? <Notice tone="danger" live><p>{failure ? failure.message : t('choose')}</p></Notice> : null}
        <Chips label={t('services')} options={services} chosen={chosen} onChange={(ids) => { setChosen(ids); setEmpty(false); }} />
        <SelectField label={t('provider')} value={provider} error={failure?.fields['provider_id']} onValue={setProvider}>
          <option value="">{t('provider.any')}</option>
          {can_treat.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}
        </SelectField>
        {can('clients.read') ? <Combobox label={t('client')} optional={t('optional')} placeholder={t('search')} value={client} search={findClients} onChoose={setClient} /> : null}
        <div class="form-row">
          <DateField label={t('expires')} hint={t('expires.hint')} value={until} min={today} max={addDays(today, 364)} error={failure?.fields['expires_at']} required onValue={setUntil} />
          <NumberField label={t('uses')} hint={t('uses.hint')} value={uses} min={1} max={1000} error={failure?.fields['max_uses']} required onValue={setUses} />
        </div>
        <TextField label={t('note')} hint={t('note.hint')} optional={t('optional')} value={note} onValue={setNote} maxLength={200} />
      </form>
    </Dialog>
  );
}

function Ready({ row, onClose }: { readonly row: BookingLink; readonly onClose: () => void }) {
  return (
    <Dialog title={t('created')} closeLabel={t('close')} onClose={onClose} foot={<>{navigator.clipboard ? <Button icon="copy" onClick={() => copy(row)}>{t('copy')}</Button> : null}<Button kind="primary" onClick={onClose}>{t('close')}</Button></>}>
      <TextField label={t('address')} value={row.url} readOnly onValue={() => undefined} onFocus={(event) => event.currentTarget.select()} />
    </Dialog>
  );
}
