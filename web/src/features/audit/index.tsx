/** The audit log: filtered by the server, filters in the address, read only. */
import { useState } from 'preact/hooks';
import { get } from '../../api/client';
import type { AuditRow, Member } from '../../api/types';
import { q } from '../../app/data';
import { can } from '../../app/session';
import { Failed, Loading, Page } from '../../app/ui/Page';
import type { Reply } from '../../lib/http';
import { useQuery } from '../../lib/query';
import { address, navigate, setQuery } from '../../lib/router';
import { Button } from '../../ui/Button';
import { daySaid } from '../../ui/Field';
import { Empty } from '../../ui/State';
import { Pager } from '../../app/ui/Pager';
import { AuditTable } from './AuditTable';
import { t } from './text';

const ENTITIES = ['appointment', 'client', 'patient', 'provider', 'service', 'location', 'resource', 'blocked_time', 'holiday', 'tenant', 'member', 'session'];
const LIMIT = 50;

export default function AuditPage() {
  const { query } = address.value;
  const of = (name: string): string => query.get(name) ?? '';
  const page = Math.max(1, Number(of('page')) || 1);
  const filter = { entity: of('entity'), actor_id: of('actor_id'), action: of('action'), from: of('from'), to: of('to') };
  const list = useQuery<Reply<AuditRow[]>>(q.audit(...Object.values(filter), page), (signal) => get<AuditRow[]>('audit', { query: { ...filter, page, limit: LIMIT }, signal }));
  const members = useQuery<Member[]>(can('team.read') ? ['members'] : null, async (signal) => (await get<Member[]>('members', { signal })).data);
  const filtered = Object.values(filter).some((value) => value !== '');
  const set = (name: string, value: string): void => setQuery({ [name]: value || null, page: null });
  return (
    <Page title={t('audit.auditLog')} lead={t('audit.everythingThatWasChanged')}>
      <div class="tools" role="search" aria-label={t('audit.filters')}>
        <select class="input input-sm" aria-label={t('audit.kindOfRecord')} value={filter.entity} onChange={(event) => set('entity', event.currentTarget.value)}>
          <option value="">{t('audit.everyRecord')}</option>
          {ENTITIES.map((name) => <option key={name} value={name}>{name.replace('_', ' ')}</option>)}
        </select>
        {members.data ? (
          <select class="input input-sm" aria-label={t('audit.person')} value={filter.actor_id} onChange={(event) => set('actor_id', event.currentTarget.value)}>
            <option value="">{t('audit.everybody')}</option>
            {members.data.map((m) => <option key={m.id} value={m.id}>{m.name}</option>)}
          </select>
        ) : null}
        <ActionBox value={filter.action} onChange={(value) => set('action', value)} />
        <label class="inline-field small">{t('auditTable.from')}{' '}<input class="input input-sm" type="date" aria-describedby="audit-from" value={filter.from} onChange={(event) => set('from', event.currentTarget.value)} /> <span class="muted" id="audit-from">{daySaid(filter.from)}</span></label>
        <label class="inline-field small">{t('audit.to')}{' '}<input class="input input-sm" type="date" aria-describedby="audit-to" value={filter.to} onChange={(event) => set('to', event.currentTarget.value)} /> <span class="muted" id="audit-to">{daySaid(filter.to)}</span></label>
        <span class="tools-count" role="status">{list.data ? `${list.data.meta.pagination?.total ?? list.data.data.length} entries` : ''}</span>
      </div>
      {list.error && !list.data ? <Failed error={list.error} what={t('audit.theAuditLog')} onRetry={list.reload} /> : null}
      {!list.data && !list.error ? <Loading what={t('audit.theAuditLog2')} rows={10} /> : null}
      {list.data && list.data.data.length > 0 ? <AuditTable rows={list.data.data} /> : null}
      {list.data && list.data.data.length === 0 ? (
        <Empty icon="history" title={filtered ? t('audit.nothingMatchesTheseFilters') : t('audit.nothingRecordedYet')} text={filtered ? undefined : t('audit.theFirstChangeWill')}>
          {filtered ? <Button onClick={() => navigate('/app/audit')}>{t('audit.clearTheFilters')}</Button> : null}
        </Empty>
      ) : null}
      {list.data?.meta.pagination ? <Pager pagination={list.data.meta.pagination} /> : null}
    </Page>
  );
}

function ActionBox({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  return <input class="input input-sm" aria-label={t('audit.action')} placeholder={t('audit.action')} value={text} onInput={(event) => setText(event.currentTarget.value)} onChange={() => onChange(text.trim())} />;
}
