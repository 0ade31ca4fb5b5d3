/** All clients: searched and sorted by the server, filters in the address. */
import { useEffect, useState } from 'preact/hooks';
import { create, get } from '../../api/client';
import type { Client } from '../../api/types';
import { q } from '../../app/data';
import { can, session, zone } from '../../app/session';
import { Failed, Loading, Page } from '../../app/ui/Page';
import type { Reply } from '../../lib/http';
import { invalidate, useQuery } from '../../lib/query';
import { address, navigate, setQuery } from '../../lib/router';
import { dateIn, formatDate } from '../../lib/time';
import { announce } from '../../ui/Announcer';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { Empty } from '../../ui/State';
import { showToast } from '../../ui/Toast';
import { Pager } from '../../app/ui/Pager';
import { ClientForm, STATUS_WORDS } from './ClientForm';
import { t } from './text';

const LIMIT = 50;
const WAIT_MS = 220;
type SortKey = 'name' | 'created' | 'last_visit';

export function ClientStatus({ status }: { readonly status: Client['status'] }) {
  const tone = status === 'active' ? ' badge-ok' : status === 'lead' ? ' badge-info' : status === 'blocked' ? ' badge-danger' : '';
  return <span class={`badge${tone}`}>{STATUS_WORDS[status]}</span>;
}

export function ClientsPage(_: { readonly params: Record<string, string> }) {
  const { query } = address.value;
  const text = query.get('q') ?? '';
  const status = query.get('status') ?? '';
  const sort = query.get('sort') ?? 'name';
  const deleted = query.get('deleted') === '1';
  const page = Math.max(1, Number(query.get('page') ?? '1') || 1);
  const list = useQuery<Reply<Client[]>>(q.clients(text, status, sort, String(deleted), page), (signal) => get<Client[]>('clients', { query: { q: text, status, sort, deleted, page, limit: LIMIT }, signal }));
  const [kept, setKept] = useState(list.data);
  useEffect(() => { if (list.data) setKept(list.data); }, [list.data]);
  const shown = list.data ?? kept;
  const total = shown?.meta.pagination?.total ?? shown?.data.length ?? 0;

  useEffect(() => {
    if (!list.data) return undefined;
    const timer = setTimeout(() => announce(total === 1 ? '1 client' : `${total} clients`), 500);
    return () => clearTimeout(timer);
  }, [list.data]);

  const filtered = text !== '' || status !== '' || deleted;
  return (
    <Page title={t('clients.clients')} actions={can('clients.write') ? <a class="btn btn-primary btn-sm" href="/app/clients/new"><Icon name="user-plus" /> {t('clients.newClient')}</a> : undefined}>
      <div class="tools" role="search">
        <SearchBox value={text} />
        <select class="input input-sm" aria-label={t('clients.status')} value={status} onChange={(event) => setQuery({ status: event.currentTarget.value || null, page: null })}>
          <option value="">{t('clients.anyStatus')}</option>
          {Object.entries(STATUS_WORDS).map(([value, word]) => <option key={value} value={value}>{word}</option>)}
        </select>
        <label class="check small"><input type="checkbox" checked={deleted} onChange={(event) => setQuery({ deleted: event.currentTarget.checked ? '1' : null, page: null })} /> <span>{t('clients.deleted')}</span></label>
        <span class="tools-count">{shown ? (total === 1 ? '1 client' : `${total} clients`) : ''}</span>
      </div>
      {list.error && !list.data ? <Failed error={list.error} what={t('clients.theListOfClients')} onRetry={list.reload} /> : null}
      {!shown && !list.error ? <Loading what={t('loading.clients')} rows={10} /> : null}
      {shown && !list.error && shown.data.length > 0 ? <Table clients={shown.data} sort={sort} busy={!list.data} /> : null}
      {list.data && list.data.data.length === 0 ? <Nobody text={text} filtered={filtered} /> : null}
      {shown?.meta.pagination && !list.error ? <Pager pagination={shown.meta.pagination} /> : null}
    </Page>
  );
}

function SearchBox({ value }: { readonly value: string }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => setQuery({ q: text.trim() || null, page: null }), WAIT_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="tools-search">
      <Icon name="search" />
      <input class="input input-sm" type="search" aria-label={t('clients.searchClientsByName')} placeholder={t('clients.namePhoneOrE')} value={text} onInput={(event) => setText(event.currentTarget.value)} />
    </div>
  );
}

function Nobody({ text, filtered }: { readonly text: string; readonly filtered: boolean }) {
  if (!filtered) {
    return (
      <Empty icon="users" title={t('clients.noClientsYet')} text={t('clients.clientsAppearHereWhen')}>
        {can('clients.write') ? <a class="btn btn-primary" href="/app/clients/new">{t('clients.addTheFirstClient')}</a> : null}
      </Empty>
    );
  }
  return (
    <Empty icon="search" title={text ? t('clients.nobodyFoundFor', { text }) : t('clients.nobodyMatchesTheseFilters')} text={t('clients.namesAreSearchedBy')}>
      {text && can('clients.write') ? <a class="btn btn-primary" href={`/app/clients/new?name=${encodeURIComponent(text)}`}>{t('clients.create')}{text}”</a> : null}
      <Button onClick={() => navigate('/app/clients')}>{t('clients.clearTheFilters')}</Button>
    </Empty>
  );
}

function SortHead({ name, label, sort, num }: { readonly name: SortKey; readonly label: string; readonly sort: string; readonly num?: boolean }) {
  const up = sort === name;
  const down = sort === `-${name}`;
  return (
    <th scope="col" class={num ? 'num hide-sm' : undefined} aria-sort={up ? 'ascending' : down ? 'descending' : 'none'}>
      <button type="button" onClick={() => setQuery({ sort: up ? `-${name}` : name === 'name' ? null : down ? name : `-${name}`, page: null })}>
        {label}
        {up || down ? <Icon name={up ? 'chevron-up' : 'chevron-down'} size="sm" /> : null}
      </button>
    </th>
  );
}

function Table({ clients, sort, busy }: { readonly clients: readonly Client[]; readonly sort: string; readonly busy: boolean }) {
  const locale = session.value?.tenant.locale;
  return (
    <div class="table-wrap" aria-busy={busy}>
      <table class="table">
        <thead>
          <tr>
            <SortHead name="name" label={t('patients.name')} sort={sort} />
            <th scope="col">{t('clients.phone')}</th>
            <th scope="col" class="hide-sm">{t('clients.eMail')}</th>
            <th scope="col">{t('clients.status')}</th>
            <SortHead name="last_visit" label={t('client.lastVisit')} sort={sort} num />
            <th scope="col" class="num hide-sm">{t('client.visits')}</th>
          </tr>
        </thead>
        <tbody>
          {clients.map((c) => (
            <tr key={c.id} class="table-row-link">
              <td><span class="cell-name"><Avatar name={c.name} /><a class="table-link" href={`/app/clients/${c.id}`}>{c.name}</a></span></td>
              <td class="cell-nowrap cell-dim">{c.phone ?? '–'}</td>
              <td class="cell-dim hide-sm">{c.email ?? '–'}</td>
              <td><ClientStatus status={c.status} /></td>
              <td class="num cell-dim cell-nowrap hide-sm">{c.stats.last_visit_at ? formatDate(dateIn(c.stats.last_visit_at, zone.value), 'short', locale) : '–'}</td>
              <td class="num cell-dim hide-sm">{c.stats.visits}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function NewClientPage(_: { readonly params: Record<string, string> }) {
  const name = address.value.query.get('name') ?? '';
  return (
    <Page narrow title={t('clients.newClient')} before={<Crumb />}>
      <ClientForm
        initial={{ name }}
        saveLabel={t('clients.createClient')}
        submit={async (values) => {
          const { data } = await create<Client>('clients', Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)));
          invalidate(['clients']);
          showToast(t('created', { name: data.name }));
          return () => navigate(`/app/clients/${data.id}`, { replace: true });
        }}
      />
    </Page>
  );
}

export function Crumb() {
  return <a class="crumb" href="/app/clients"><Icon name="chevron-left" size="sm" /> {t('clients.clients')}</a>;
}
