/** Group sessions: the coming ones, who has a seat, a new one. */
import { create, get, post } from '../../api/client';
import type { GroupSession } from '../../api/types';
import { useProviders, useServices } from '../../app/data';
import type { ScreenProps } from '../../app/routes';
import { can, zone } from '../../app/session';
import { confirm } from '../../app/ui/Confirm';
import { FormFrame, numberOf } from '../../app/ui/FormFrame';
import { Failed, Loading, Page } from '../../app/ui/Page';
import { useDirtyGuard } from '../../app/ui/useDirtyGuard';
import { invalidate, useQuery } from '../../lib/query';
import { navigate } from '../../lib/router';
import { addDays, showClock, formatDate, instantOf, toInstantText, todayIn, wallTime } from '../../lib/time';
import { Badge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import { SelectField } from '../../ui/Field';
import { DateField, NumberField, TimeField } from '../../ui/Inputs';
import { Notice } from '../../ui/Notice';
import { Empty } from '../../ui/State';
import { showToast } from '../../ui/Toast';
import { useForm } from '../../ui/useForm';
import { t } from './text';

const DAYS_AHEAD = 60;

export default function Groups({ rest }: ScreenProps) {
  if (rest === 'new') return <NewSession />;
  return rest ? <OneSession id={rest} /> : <Coming />;
}

function whenOf(s: GroupSession): string {
  const wall = wallTime(s.start, zone.value);
  return `${formatDate(wall.date, 'short')}, ${showClock(wall.minutes)}`;
}

function Coming() {
  const today = todayIn(zone.value);
  const list = useQuery<GroupSession[]>(['groups'], async (signal) => (await get<GroupSession[]>('sessions', { query: { from: today, to: addDays(today, DAYS_AHEAD) }, signal })).data);
  return (
    <Page title={t('title')} lead={t('lead')} actions={can('schedule.write') ? <Button kind="primary" icon="plus" onClick={() => navigate('/app/groups/new')}>{t('add')}</Button> : null}>
      {list.error && !list.data ? <Failed error={list.error} what={t('title')} onRetry={list.reload} /> : null}
      {!list.data && !list.error ? <Loading what={t('title')} /> : null}
      {list.data?.length === 0 ? <Empty icon="users" title={t('none')} text={t('noneText')} /> : null}
      <ul class="group-list">
        {(list.data ?? []).map((s) => (
          <li key={s.id} class="panel">
            <a href={`/app/groups/${s.id}`} aria-label={t('open', { service: s.service_name, when: whenOf(s) })}>
              <span class="dot" style={{ '--c': s.color }} aria-hidden="true" />
              <strong>{s.service_name}</strong>
              <span class="num">{whenOf(s)}</span>
              <span class="muted">{s.provider_name}</span>
            </a>
            <Badge tone={s.taken < s.seats ? 'ok' : 'plain'}>{t('seats', { taken: s.taken, seats: s.seats })}</Badge>
          </li>
        ))}
      </ul>
    </Page>
  );
}

function OneSession({ id }: { readonly id: string }) {
  const one = useQuery<GroupSession>(['groups', id], async (signal) => (await get<GroupSession>(`sessions/${id}`, { signal })).data);
  const s = one.data;
  const cancel = async (): Promise<void> => {
    if (!s || !(await confirm({ title: t('cancelTitle', { service: s.service_name }), text: t('cancelText', { count: s.taken }), yes: t('cancelYes'), no: t('keep') }))) return;
    await post(`sessions/${id}/cancel`, {});
    invalidate(['groups'], ['calendar'], ['slots']);
    showToast(t('cancelled', { service: s.service_name }));
    navigate('/app/groups');
  };
  return (
    <Page title={s ? s.service_name : t('title')} lead={s ? `${whenOf(s)} · ${s.provider_name} · ${s.location_name}` : undefined} narrow before={<a class="crumb" href="/app/groups">{t('back')}</a>}
      actions={s && !s.cancelled_at && can('schedule.write') ? <Button kind="danger-quiet" onClick={() => void cancel()}>{t('cancel')}</Button> : null}>
      {one.error && !s ? <Failed error={one.error} what={t('title')} onRetry={one.reload} /> : null}
      {!s && !one.error ? <Loading what={t('title')} /> : null}
      {s ? (
        <section class="panel stack-sm">
          <h2>{t('roster')}</h2>
          <p class="muted small">{t('seats', { taken: s.taken, seats: s.seats })}</p>
          {s.roster?.length === 0 ? <p class="muted">{t('nobody')}</p> : null}
          <ol class="group-roster">
            {(s.roster ?? []).map((seat) => (
              <li key={seat.id}><span class="badge num">{t('seat', { n: seat.seat_no })}</span> <a href={`/app/clients/${seat.client_id}`}>{seat.patient_name}</a></li>
            ))}
          </ol>
        </section>
      ) : null}
    </Page>
  );
}

function NewSession() {
  const all = useServices().data;
  const providers = useProviders().data;
  if (!all || !providers) return <Page title={t('new')} narrow><Loading what={t('service').toLowerCase()} /></Page>;
  const services = all.filter((s) => s.seats > 1 && !s.archived);
  if (services.length === 0) return <Page title={t('new')} narrow><Notice tone="info" title={t('needService')}><p>{t('needServiceText')} <a href="/app/settings/services">{t('service')}</a></p></Notice></Page>;
  return <Page title={t('new')} narrow before={<a class="crumb" href="/app/groups">{t('back')}</a>}><SessionForm services={services} providers={providers} /></Page>;
}

function SessionForm({ services, providers }: { readonly services: readonly { id: string; name: string; provider_ids: string[] }[]; readonly providers: readonly { id: string; name: string }[] }) {
  const form = useForm({
    initial: { service_id: services[0]?.id ?? '', provider_id: '', date: addDays(todayIn(zone.value), 1), time: '10:00', seats: '' },
    submit: async (v) => {
      const [hour = 0, minute = 0] = v.time.split(':').map(Number);
      const who = v.provider_id || offering[0]?.id;
      await create('sessions', { service_id: v.service_id, provider_id: who, start: toInstantText(instantOf(v.date, hour * 60 + minute, zone.value)), seats: numberOf(v.seats) });
      letGo();
      invalidate(['groups'], ['calendar'], ['slots']);
      showToast(t('made'));
      navigate('/app/groups');
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  const offering = providers.filter((p) => services.find((s) => s.id === form.values.service_id)?.provider_ids.includes(p.id));
  return (
    <FormFrame form={form} saveLabel={t('save')} canWrite={can('schedule.write')} labels={{ service_id: t('service'), provider_id: t('provider'), date: t('date'), time: t('time'), seats: t('count') }}>
      <SelectField {...form.bind('service_id')} label={t('service')}>{services.map((s) => <option key={s.id} value={s.id}>{s.name}</option>)}</SelectField>
      <SelectField {...form.bind('provider_id')} label={t('provider')} value={form.values.provider_id || (offering[0]?.id ?? '')}>{offering.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}</SelectField>
      <div class="form-row">
        <DateField {...form.bind('date')} label={t('date')} required />
        <TimeField {...form.bind('time')} label={t('time')} required />
        <NumberField {...form.bind('seats')} label={t('count')} hint={t('countHint')} min={1} max={100} />
      </div>
    </FormFrame>
  );
}
