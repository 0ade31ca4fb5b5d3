/** Who waits for an earlier time: the list by state, adding somebody, offering a free time, taking it back. */
import { useState } from 'preact/hooks';
import { get, post, remove } from '../../api/client';
import type { ScreenProps } from '../../app/routes';
import { can, session, zone } from '../../app/session';
import { texts } from '../../app/text';
import { confirm, Empty, Failed, Loading, Page, Pager, Table, weekdayName, type Column } from '../../app/ui';
import { ApiError, type Reply } from '../../lib/http';
import { invalidate, useQuery } from '../../lib/query';
import { address, setQuery } from '../../lib/router';
import { groupWindows } from '../../lib/windows';
import { dateIn, formatDate, formatDateTime, formatMinutes, minutesOf } from '../../lib/time';
import { Button } from '../../ui/Button';
import { showToast } from '../../ui/Toast';
import { AddDialog } from './AddDialog';
import en from './en.json';
import { OfferDialog } from './OfferDialog';
import { STATES, type Want } from './types';

const t = texts(en);
const LIMIT = 50;
const TONES: Readonly<Record<Want['status'], string>> = { waiting: 'badge-info', offered: 'badge-warn', booked: 'badge-ok', withdrawn: '', lapsed: '' };
const locale = (): string | undefined => session.value?.tenant.locale;

export default function WaitlistPage(_: ScreenProps) {
  const { query } = address.value;
  const status = query.get('status') ?? 'waiting';
  const page = Math.max(1, Number(query.get('page')) || 1);
  const filter = status === 'all' ? {} : { status };
  const list = useQuery<Reply<Want[]>>(['waitlist', status, page], (signal) => get<Want[]>('waitlist', { query: { ...filter, page, limit: LIMIT }, signal }));
  const [adding, setAdding] = useState(false);
  const [offering, setOffering] = useState<Want | null>(null);
  const writes = can('schedule.write');
  const rows = list.data?.data;
  const add = writes ? <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>{t('add')}</Button> : undefined;
  return (
    <Page title={t('title')} lead={t('lead')} actions={add}>
      <div class="tools" role="search" aria-label={t('status')}>
        <select class="input input-sm" aria-label={t('status')} value={status} onChange={(event) => setQuery({ status: event.currentTarget.value, page: null })}>
          {STATES.map((name) => <option key={name} value={name}>{t(`status.${name}`)}</option>)}
          <option value="all">{t('all')}</option>
        </select>
        <span class="tools-count" role="status">{list.data?.meta.pagination ? String(list.data.meta.pagination.total) : ''}</span>
      </div>
      {list.error && !list.data ? <Failed error={list.error} what={t('the')} onRetry={list.reload} /> : null}
      {!list.data && !list.error ? <Loading what={t('loading')} rows={6} /> : null}
      {rows && rows.length === 0 ? <Empty icon="clock" title={status === 'waiting' ? t('none') : t('none.filtered')} text={status === 'waiting' ? t('none.text') : undefined} /> : null}
      {rows && rows.length > 0 ? <Table caption={t('caption')} columns={columns(writes, setOffering)} rows={rows} rowKey={(row) => row.id} /> : null}
      {list.data?.meta.pagination ? <Pager pagination={list.data.meta.pagination} /> : null}
      {adding ? <AddDialog onClose={() => setAdding(false)} /> : null}
      {offering ? <OfferDialog want={offering} onClose={() => setOffering(null)} /> : null}
    </Page>
  );
}

function wishes(want: Want): string {
  const days = groupWindows(want.windows).map((w) => {
    const names = w.days.length === 7 ? t('daily') : w.days.map((day) => weekdayName(day)).join(', ');
    return w.start === '00:00' && w.end === '24:00' ? names : `${names} ${formatMinutes(minutesOf(w.start), locale())}–${formatMinutes(minutesOf(w.end), locale())}`;
  });
  const parts = [want.provider_name ?? t('anybody'), want.location_name, days.length > 0 ? days.join('; ') : t('anytime'),
    want.not_before ? t('from', { date: formatDate(want.not_before, 'short', locale()) }) : null,
    want.not_after ? t('until', { date: formatDate(want.not_after, 'short', locale()) }) : null];
  return parts.filter(Boolean).join(' · ');
}

async function run(work: () => Promise<unknown>, done: string): Promise<void> {
  try {
    await work();
    showToast(done);
  } catch (error) {
    showToast(t('failed', { reason: (error as ApiError).message }), { danger: true });
  }
  invalidate(['waitlist'], ['calendar']);
}

async function withdraw(want: Want): Promise<void> {
  if (!(await confirm({ title: t('withdraw.title', { name: want.client_name }), text: t('withdraw.text'), yes: t('withdraw'), no: t('keep') }))) return;
  await run(() => remove(`waitlist/${want.id}`), t('withdraw.done', { name: want.client_name }));
}

function columns(writes: boolean, onOffer: (want: Want) => void): readonly Column<Want>[] {
  const all: Column<Want>[] = [
    { key: 'client', head: t('client'), cell: (want) => <><a href={`/app/clients/${want.client_id}`}>{want.client_name}</a>{want.client_phone ? <span class="cell-dim num"> {want.client_phone}</span> : null}</> },
    { key: 'service', head: t('service'), cell: (want) => <>{want.service_name}{want.priority > 0 ? <> <span class="badge badge-warn">{t('urgent', { n: want.priority })}</span></> : null}</> },
    { key: 'wishes', head: t('wishes'), dim: true, hideSmall: true, cell: (want) => <>{wishes(want)}{want.note ? <><br />{want.note}</> : null}</> },
    { key: 'status', head: t('status'), nowrap: true, cell: (want) => <span class={`badge ${TONES[want.status]}`}>{t(`status.${want.status}`)}</span> },
    { key: 'since', head: t('since'), nowrap: true, dim: true, hideSmall: true, cell: (want) => <time dateTime={want.created_at} title={formatDateTime(want.created_at, zone.value, locale())}>{formatDate(dateIn(want.created_at, zone.value), 'short', locale())}</time> },
  ];
  if (writes) {
    all.push({ key: 'actions', head: t('actions'), nowrap: true, cell: (want) => (
      <>
        {want.status === 'waiting' ? <Button size="sm" icon="calendar-check" onClick={() => onOffer(want)} aria-label={t('offer.to', { name: want.client_name })}>{t('offer')}</Button> : null}
        {want.status === 'offered' ? <Button size="sm" icon="undo-2" onClick={() => void run(() => post(`waitlist/${want.id}/take-back`), t('back.done'))}>{t('back')}</Button> : null}
        {want.status === 'waiting' || want.status === 'offered' ? <Button size="sm" kind="quiet" icon="trash-2" aria-label={t('withdraw.title', { name: want.client_name })} onClick={() => void withdraw(want)} /> : null}
      </>
    ) });
  }
  return all;
}
