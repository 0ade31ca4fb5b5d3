/** One client: the record, the patients, appointments, and what happened. */
import { get, patch, post, remove } from '../../api/client';
import type { Appointment, AuditRow, Client } from '../../api/types';
import { q } from '../../app/data';
import { can, session, zone } from '../../app/session';
import { confirm } from '../../app/ui/Confirm';
import { Failed, Loading, Page } from '../../app/ui/Page';
import { StatusText } from '../../calendar/StatusText';
import { openExisting, openNew } from '../../calendar/open';
import { ApiError, type Reply } from '../../lib/http';
import { invalidate, setQueryData, useQuery } from '../../lib/query';
import { address, navigate } from '../../lib/router';
import { clockOf, dateIn, formatDate, wallTime } from '../../lib/time';
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

type TabName = 'summary' | 'patients' | 'appointments' | 'activity';

export function ClientPage({ params }: { readonly params: Record<string, string> }) {
  const id = params['id'] ?? '';
  const tab = (params['tab'] ?? 'summary') as TabName;
  const query = useQuery<Client>(q.client(id), async (signal) => (await get<Client>(`clients/${id}`, { signal })).data);
  const client = query.data;
  if (!client) return <Page title="Client" before={<Crumb />}>{query.error ? <Failed error={query.error} what="The client" onRetry={query.reload} /> : <Loading what="the client" />}</Page>;
  const tabs: readonly { name: TabName; label: string; count?: number }[] = [
    { name: 'summary', label: 'Summary' },
    { name: 'patients', label: 'Patients', count: client.patients?.length ?? 0 },
    ...(can('schedule.read') ? [{ name: 'appointments' as const, label: 'Appointments' }] : []),
    ...(can('audit.read') ? [{ name: 'activity' as const, label: 'Activity' }] : []),
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
          {can('schedule.write') && !client.deleted ? <Button size="sm" kind="primary" icon="calendar-plus" onClick={() => openNew({ clientId: client.id, clientName: client.name })}>Book</Button> : null}
        </>
      }
    >
      {client.deleted ? (
        <Notice tone="warn" title="This client is deleted">
          <p>The record is kept for a while and can be restored.</p>
          {can('clients.write') ? <button type="button" class="link-btn" onClick={() => void restore(client)}>Restore</button> : null}
        </Notice>
      ) : null}
      <nav class="tabs" aria-label={`Parts of ${client.name}`}>
        {tabs.map((t) => (
          <a key={t.name} class="tab" href={`/app/clients/${id}${t.name === 'summary' ? '' : `/${t.name}`}`} aria-current={t.name === tab ? 'page' : undefined}>
            {t.label}{t.count !== undefined ? <span class="badge">{t.count}</span> : null}
          </a>
        ))}
      </nav>
      {tab === 'summary' ? <SummaryTab key={client.version} client={client} /> : null}
      {tab === 'patients' ? <Patients client={client} /> : null}
      {tab === 'appointments' ? <AppointmentsTab client={client} /> : null}
      {tab === 'activity' ? <ActivityTab client={client} /> : null}
    </Page>
  );
}

async function restore(client: Client): Promise<void> {
  try {
    await post(`clients/${client.id}/restore`, {});
    invalidate(['clients'], ['client', client.id]);
    showToast(`${client.name} restored`);
  } catch (error) {
    showToast(`${client.name} could not be restored: ${(error as Error).message}`, { danger: true });
  }
}

async function removeClient(client: Client): Promise<void> {
  if (!(await confirm({ title: `Delete ${client.name}?`, text: 'The record disappears from lists and searches. You can restore it.', yes: `Delete ${client.name}`, no: 'Keep' }))) return;
  try {
    await remove(`clients/${client.id}`, { version: client.version });
    navigate('/app/clients');
    invalidate(['clients'], ['client', client.id]);
    showToast(`${client.name} deleted`, { action: { label: 'Undo', run: () => void restore(client) } });
  } catch (error) {
    showToast(`${client.name} was not deleted: ${(error as Error).message}`, { danger: true });
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
        <div><dt>Next visit</dt><dd>{dayOf(stats.next_visit_at)}</dd></div>
        <div><dt>Last visit</dt><dd>{dayOf(stats.last_visit_at)}</dd></div>
        <div><dt>Visits</dt><dd>{stats.visits}</dd></div>
        <div><dt>No-shows</dt><dd>{stats.no_shows}</dd></div>
        <div><dt>Cancellations</dt><dd>{stats.cancellations}</dd></div>
      </dl>
      <ClientForm
        initial={client}
        saveLabel="Save"
        readOnly={readOnly}
        submit={async (body) => {
          try {
            const { data } = await patch<Client>(`clients/${client.id}`, body, { version: client.version });
            return () => {
              setQueryData(q.client(client.id), { ...data, patients: data.patients ?? client.patients });
              invalidate(['clients'], ['calendar']);
              showToast('Saved');
            };
          } catch (error) {
            if (error instanceof ApiError && error.status === 412) {
              throw new ApiError(412, error.code, 'Somebody else changed this client while you were typing. Copy what you need, reload the page, and enter it again.', {}, error.requestId);
            }
            throw error;
          }
        }}
      />
      {readOnly ? null : <p class="danger-zone"><Button kind="danger-quiet" size="sm" icon="trash-2" onClick={() => void removeClient(client)}>Delete client…</Button></p>}
    </>
  );
}

function AppointmentsTab({ client }: { readonly client: Client }) {
  const page = Math.max(1, Number(address.value.query.get('page') ?? '1') || 1);
  const list = useQuery<Reply<Appointment[]>>(q.appointments(client.id, page), (signal) => get<Appointment[]>('appointments', { query: { client_id: client.id, page, limit: 50 }, signal }));
  if (list.error && !list.data) return <Failed error={list.error} what="The appointments" onRetry={list.reload} />;
  if (!list.data) return <Loading what="appointments" />;
  if (list.data.data.length === 0) {
    return (
      <Empty icon="calendar" title="No appointments yet" text={`${client.name} has not been booked.`}>
        {can('schedule.write') ? <Button kind="primary" onClick={() => openNew({ clientId: client.id, clientName: client.name })}>Book the first</Button> : null}
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
                <button type="button" class="row-link" onClick={() => openExisting(a.id)}>{formatDate(start.date, 'full', session.value?.tenant.locale)}, {clockOf(start.minutes)}</button>
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
  if (list.error && !list.data) return <Failed error={list.error} what="The activity" onRetry={list.reload} />;
  if (!list.data) return <Loading what="activity" />;
  if (list.data.data.length === 0) return <Empty icon="history" title="Nothing recorded yet" text="Every change of this record will be listed here, with who made it." />;
  return (
    <>
      <AuditTable rows={list.data.data} />
      {list.data.meta.pagination ? <Pager pagination={list.data.meta.pagination} /> : null}
    </>
  );
}
