/** A provider's Google calendar: connect, see how it stands, disconnect. */
import { useEffect, useState } from 'preact/hooks';
import { post, remove } from '../../api/client';
import type { Provider } from '../../api/types';
import { can, session, zone } from '../../app/session';
import { Badge, Button, confirm, Failed, Icon, Loading, Notice, showToast, type BadgeTone } from '../../app/ui';
import { openExisting } from '../../calendar/open';
import { invalidate } from '../../lib/query';
import { formatDateTime, formatTime } from '../../lib/time';
import { useGoogle, type Detail, type GoogleLink, type Problem } from './api';
import { DetailField } from './Feeds';
import { t } from './text';

const TONES: Record<Exclude<GoogleLink['state'], 'off'>, BadgeTone> = { none: 'plain', connecting: 'info', connected: 'ok', needs_reconnect: 'danger' };

export function GoogleState({ provider }: { readonly provider: string }) {
  const state = useGoogle(provider).data?.state;
  return state && state !== 'off' && state !== 'none' ? <Badge tone={TONES[state]}>{t(`google.state.${state}`)}</Badge> : null;
}

export function Google({ provider }: { readonly provider: Provider }) {
  const query = useGoogle(provider.id);
  const link = query.data;
  useEffect(() => { /* the event of the end may have come before we listened */
    if (link?.state !== 'connecting') return undefined;
    const timer = setInterval(() => invalidate(['google', provider.id]), 2000);
    return () => clearInterval(timer);
  }, [link?.state, provider.id]);
  return (
    <section class="panel google">
      <div class="google-head"><h2>{t('google.title')}</h2><GoogleState provider={provider.id} /></div>
      {query.error && !link ? <Failed error={query.error} what={t('google.title')} onRetry={query.reload} /> : null}
      {!link && !query.error ? <Loading what={t('google.title')} rows={3} /> : null}
      {link?.state === 'off' ? <p class="muted">{t('google.off')}</p> : null}
      {link && link.state !== 'off' ? <Connection provider={provider} link={link} /> : null}
    </section>
  );
}

function Connection({ provider, link }: { readonly provider: Provider; readonly link: GoogleLink }) {
  const [detail, setDetail] = useState<Detail>(link.detail);
  const [busy, setBusy] = useState(false);
  const may = can('settings.write') || (provider.member_id !== null && provider.member_id === session.value?.member.id);
  const act = async (what: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await what();
    } catch (error) {
      showToast(t('google.failed', { reason: (error as Error).message }), { danger: true });
    }
    setBusy(false);
  };
  const connect = (): Promise<void> => act(async () => {
    const { data } = await post<{ url: string }>(`providers/${provider.id}/google/connect`, { detail });
    window.location.assign(data.url);
  });
  const look = (): Promise<void> => act(async () => {
    await post(`providers/${provider.id}/google/sync`, {});
    showToast(t('google.asked'));
    invalidate(['google', provider.id]);
  });
  const disconnect = async (): Promise<void> => {
    if (!(await confirm({ title: t('google.ask', { name: provider.name }), text: t('google.askText'), yes: t('google.yes'), no: t('google.no') }))) return;
    await act(async () => {
      await remove(`providers/${provider.id}/google`);
      invalidate(['google', provider.id], ['calendar']);
      showToast(t('google.disconnected', { name: provider.name }));
    });
  };
  const begin = link.state === 'none' || link.state === 'needs_reconnect';
  return (
    <>
      {begin ? <p class="muted">{t('google.lead', { name: provider.name })}</p> : null}
      <Health link={link} />
      {link.state !== 'none' ? <Facts link={link} /> : null}
      <Problems list={link.problems} />
      {may && begin ? <div class="google-begin"><DetailField label={t('google.detail')} value={detail} onValue={setDetail} /></div> : null}
      {may ? (
        <div class="google-do">
          {begin ? <Button kind="primary" icon="external-link" busy={busy} onClick={() => void connect()}>{t(link.state === 'none' ? 'google.connect' : 'google.again')}</Button> : null}
          {link.state === 'connected' ? <Button icon="rotate-ccw" busy={busy} onClick={() => void look()}>{t('google.sync')}</Button> : null}
          {link.state !== 'none' ? <Button kind="danger-quiet" onClick={() => void disconnect()}>{t('google.disconnect')}</Button> : null}
        </div>
      ) : null}
    </>
  );
}

function Health({ link }: { readonly link: GoogleLink }) {
  if (link.state === 'needs_reconnect') return <Notice tone="danger"><p>{t('google.broken', { error: link.error ?? '' })}</p></Notice>;
  if (link.error && link.retry_at) return <Notice tone="warn"><p>{t('google.later', { error: link.error, time: formatTime(link.retry_at, zone.value, session.value?.tenant.locale) })}</p></Notice>;
  if (link.pending > 0) return <Notice tone="info"><p>{t('google.pending', { count: link.pending })}</p></Notice>;
  return null;
}

function Facts({ link }: { readonly link: GoogleLink }) {
  const locale = session.value?.tenant.locale;
  return (
    <dl class="google-facts">
      <div><dt>{t('google.account')}</dt><dd>{link.account ?? '–'}</dd></div>
      <div><dt>{t('google.last')}</dt><dd>{link.last_sync_at ? formatDateTime(link.last_sync_at, zone.value, locale) : t('google.never')}</dd></div>
      <div><dt>{t('google.how')}</dt><dd>{t(link.push ? 'google.push' : 'google.poll')}</dd></div>
      <div><dt>{t('google.detail')}</dt><dd>{t(`detail.${link.detail}`)}</dd></div>
    </dl>
  );
}

function Problems({ list }: { readonly list: readonly Problem[] }) {
  if (list.length === 0) return null;
  return (
    <>
      <h3>{t('problems.title')}</h3>
      <ul class="rows">
        {list.map((one) => (
          <li key={`${one.appointment_id}/${one.what}`}>
            <Icon name={one.what === 'changed' ? 'rotate-ccw' : 'triangle-alert'} />
            <span class="row-text">
              <button type="button" class="link-btn" onClick={() => openExisting(one.appointment_id)}>{t('problems.open', { when: formatDateTime(one.start, zone.value, session.value?.tenant.locale) })}</button>
              <span class="muted">{t(`problems.${one.what}`, { error: one.error ?? '' })}</span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
