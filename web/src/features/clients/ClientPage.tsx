/** One client: the record, the patients, appointments, and what happened. */
import { get, patch, post, remove } from '../../api/client';
import type { Appointment, AuditRow, Client } from '../../api/types';
import { q } from '../../app/data';
import { lazyDialog } from '../../app/lazy';
import { can, session, zone } from '../../app/session';
import { confirm } from '../../app/ui/Confirm';
import { Failed, Loading, Page } from '../../app/ui/Page';
import { StatusText } from '../../calendar/StatusText';
import { openExisting, openNew } from '../../calendar/open';
import { ApiError, type Reply } from '../../lib/http';
import { invalidate, setQueryData, useQuery } from '../../lib/query';
import { address, navigate } from '../../lib/router';
import { showClock, dateIn, formatDate, wallTime } from '../../lib/time';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { Notice } from '../../ui/Notice';
import { Empty } from '../../ui/State';
import { showToast } from '../../ui/Toast';
import { AuditTable } from '../audit/AuditTable';
import { Pager } from '../../app/ui/Pager';
import { ClientForm } from './ClientForm';
import { ClientStatus, Crumb } from './ClientsPage';
import { Patients } from './Patients';
import { t } from './text';

const ClientMoney = lazyDialog(async () => (await import('../orders/Client')).ClientMoney);
const ClientFeeds = lazyDialog(async () => (await import('../calendars/Feeds')).Feeds);

type TabName = 'summary' | 'patients' | 'appointments' | 'money' | 'calendar' | 'activity';

export function ClientPage({ params }: { readonly params: Record<string, string> }) {
  const id = params['id'] ?? '';
  const tab = (params['tab'] ?? 'summary') as TabName;
  const query = useQuery<Client>(q.client(id), async (signal) => (await get<Client>(`clients/${id}`, { signal })).data);
  const client = query.data;
  if (!client) return <Page title={t('client.client')} before={<Crumb />}>{query.error ? <Failed error={query.error} what={t('patients.theClient')} onRetry={query.reload} /> : <Loading what={t('client.theClient')} />}</Page>;
  const tabs: readonly { name: TabName; label: string; count?: number }[] = [
    { name: 'summary', label: t('client.summary') },
    { name: 'patients', label: t('client.patients'), count: client.patients?.length ?? 0 },
    ...(can('schedule.read') ? [{ name: 'appointments' as const, label: t('client.appointments') }] : []),
    ...(can('orders.read') ? [{ name: 'money' as const, label: t('client.money') }] : []),
    ...(can('schedule.write') ? [{ name: 'calendar' as const, label: t('client.feed') }] : []),
    ...(can('audit.read') ? [{ name: 'activity' as const, label: t('client.activity') }] : []),
  ];
  return (
    <Page
      narrow
      title={client.name}
      before={<Crumb />}
      actions={
        <>
          <ClientStatus status={client.status} />
          {client.phone ? <a class="btn btn-secondary btn-sm" href={`tel:${client.phone.replace(/[^+\d]/g, '')}`}><Icon name="phone" /> {client.phone}</a> : null}
          {can('schedule.write') && !client.deleted ? <Button size="sm" kind="primary" icon="calendar-plus" onClick={() => openNew({ clientId: client.id, clientName: client.name })}>{t('client.book')}</Button> : null}
        </>
      }
    >
      {client.deleted ? (
        <Notice tone="warn" title={t('client.thisClientIsDeleted')}>
          <p>{t('client.theRecordIsKept')}</p>
          {can('clients.write') ? <button type="button" class="link-btn" onClick={() => void restore(client)}>{t('client.restore')}</button> : null}
        </Notice>
      ) : null}
      <nav class="tabs" aria-label={t('client.partsOf', { name: client.name })}>
        {tabs.map((one) => (
          <a key={one.name} class="tab" href={`/app/clients/${id}${one.name === 'summary' ? '' : `/${one.name}`}`} aria-current={one.name === tab ? 'page' : undefined}>
            {one.label}{one.count !== undefined ? <span class="badge">{one.count}</span> : null}
          </a>
        ))}
        {can('wallets.read') ? <a class="tab" href={`/app/wallets/of/${id}`}>{t('client.wallet')}</a> : null}
      </nav>
      {tab === 'summary' ? <SummaryTab key={client.version} client={client} /> : null}
      {tab === 'patients' ? <Patients client={client} /> : null}
      {tab === 'appointments' ? <AppointmentsTab client={client} /> : null}
      {tab === 'money' && can('orders.read') ? <ClientMoney clientId={client.id} /> : null}
      {tab === 'calendar' && can('schedule.write') ? <ClientFeeds kind="client" subject={client.id} /> : null}
      {tab === 'activity' ? <ActivityTab client={client} /> : null}
    </Page>
  );
}

async function restore(client: Client): Promise<void> {
  try {
    await post(`clients/${client.id}/restore`, {});
    invalidate(['clients'], ['client', client.id]);
    showToast(t('restored', { name: client.name }));
  } catch (error) {
    showToast(t('client.couldNotBeRestored', { name: client.name, reason: (error as Error).message }), { danger: true });
  }
}

async function removeClient(client: Client): Promise<void> {
  if (!(await confirm({ title: t('client.delete', { name: client.name }), text: t('client.theRecordDisappearsFrom'), yes: t('client.delete2', { name: client.name }), no: t('patients.keep') }))) return;
  try {
    await remove(`clients/${client.id}`, { version: client.version });
    navigate('/app/clients');
    invalidate(['clients'], ['client', client.id]);
    showToast(t('deleted', { name: client.name }), { action: { label: t('client.undo'), run: () => void restore(client) } });
  } catch (error) {
    showToast(t('client.wasNotDeleted', { name: client.name, reason: (error as Error).message }), { danger: true });
  }
}

function dayOf(instant: string | null): string {
  return instant ? formatDate(dateIn(instant, zone.value), 'short', session.value?.tenant.locale) : '–';
}

function SummaryTab({ client }: { readonly client: Client }) {
  const { stats } = client;
  const readOnly = !can('clients.write') || client.deleted;
  return (
    <>
      <dl class="facts">
        <div><dt>{t('client.nextVisit')}</dt><dd>{dayOf(stats.next_visit_at)}</dd></div>
        <div><dt>{t('client.lastVisit')}</dt><dd>{dayOf(stats.last_visit_at)}</dd></div>
        <div><dt>{t('client.visits')}</dt><dd>{stats.visits}</dd></div>
        <div><dt>{t('client.noShows')}</dt><dd>{stats.no_shows}</dd></div>
        <div><dt>{t('client.cancellations')}</dt><dd>{stats.cancellations}</dd></div>
      </dl>
      <ClientForm
        initial={client}
        saveLabel={t('patients.save')}
        readOnly={readOnly}
        submit={async (body) => {
          try {
            const { data } = await patch<Client>(`clients/${client.id}`, body, { version: client.version });
            return () => {
              setQueryData(q.client(client.id), { ...data, patients: data.patients ?? client.patients });
              invalidate(['clients'], ['calendar']);
              showToast(t('client.saved'));
            };
          } catch (error) {
            if (error instanceof ApiError && error.status === 412) {
              throw new ApiError(412, error.code, t('client.somebodyElseChangedThis'), {}, error.requestId);
            }
            throw error;
          }
        }}
      />
      {readOnly ? null : <p class="danger-zone"><Button kind="danger-quiet" size="sm" icon="trash-2" onClick={() => void removeClient(client)}>{t('client.deleteClient')}</Button></p>}
    </>
  );
}

function AppointmentsTab({ client }: { readonly client: Client }) {
  const page = Math.max(1, Number(address.value.query.get('page') ?? '1') || 1);
  const list = useQuery<Reply<Appointment[]>>(q.appointments(client.id, page), (signal) => get<Appointment[]>('appointments', { query: { client_id: client.id, page, limit: 50 }, signal }));
  if (list.error && !list.data) return <Failed error={list.error} what={t('client.theAppointments')} onRetry={list.reload} />;
  if (!list.data) return <Loading what={t('loading.appointments')} />;
  if (list.data.data.length === 0) {
    return (
      <Empty icon="calendar" title={t('client.noAppointmentsYet')} text={t('client.hasNotBeenBooked', { name: client.name })}>
        {can('schedule.write') ? <Button kind="primary" onClick={() => openNew({ clientId: client.id, clientName: client.name })}>{t('client.bookTheFirst')}</Button> : null}
      </Empty>
    );
  }
  return (
    <>
      <ul class="rows">
        {list.data.data.map((a) => {
          const start = wallTime(a.start, zone.value);
          return (
            <li key={a.id}>
              <span class="dot" style={{ '--c': a.service_color }} aria-hidden="true" />
              <span class="row-text">
                <button type="button" class="row-link" onClick={() => openExisting(a.id)}>{formatDate(start.date, 'full', session.value?.tenant.locale)}, {showClock(start.minutes)}</button>
                <span class="muted">{a.service_name} · {a.provider_name}{a.patient_kind === 'self' ? '' : ` · ${a.patient_name}`}</span>
              </span>
              <StatusText status={a.status} />
            </li>
          );
        })}
      </ul>
      {list.data.meta.pagination ? <Pager pagination={list.data.meta.pagination} /> : null}
    </>
  );
}

function ActivityTab({ client }: { readonly client: Client }) {
  const page = Math.max(1, Number(address.value.query.get('page') ?? '1') || 1);
  const list = useQuery<Reply<AuditRow[]>>(q.audit('client', client.id, page), (signal) => get<AuditRow[]>('audit', { query: { entity_id: client.id, page, limit: 50 }, signal }));
  if (list.error && !list.data) return <Failed error={list.error} what={t('client.theActivity')} onRetry={list.reload} />;
  if (!list.data) return <Loading what={t('loading.activity')} />;
  if (list.data.data.length === 0) return <Empty icon="history" title={t('client.nothingRecordedYet')} text={t('client.everyChangeOfThis')} />;
  return (
    <>
      <AuditTable rows={list.data.data} />
      {list.data.meta.pagination ? <Pager pagination={list.data.meta.pagination} /> : null}
    </>
  );
}
