/** How card payments are set up: the key at Stripe, and what Stripe tells. Nothing secret ever comes back from the server. */
import { useState } from 'preact/hooks';
import { post, put, remove } from '../../api/client';
import { can, session, zone } from '../../app/session';
import { Badge, Button, confirm, Failed, Icon, Loading, Notice, Page, showToast, TextField, type BadgeTone } from '../../app/ui';
import { useDirtyGuard } from '../../app/ui/useDirtyGuard';
import { invalidate } from '../../lib/query';
import { formatDateTime } from '../../lib/time';
import { useForm } from '../../ui/useForm';
import { Check, FormFrame, textOrNull, withVersion } from '../settings/forms';
import { useCards, type CardSettings } from './api';
import { t } from './text';

const TONES: Record<CardSettings['mode'], BadgeTone> = { none: 'plain', test: 'info', live: 'ok' };

export default function Cards() {
  const query = useCards();
  return (
    <Page narrow title={t('title')} lead={t('lead')}>
      {query.error && !query.data ? <Failed error={query.error} what={t('title')} onRetry={query.reload} /> : null}
      {!query.data && !query.error ? <Loading what={t('title')} /> : null}
      {query.data ? <><Account key={query.data.version} now={query.data} /><Webhook now={query.data} /></> : null}
    </Page>
  );
}

function Account({ now }: { readonly now: CardSettings }) {
  const form = useForm({
    initial: { enabled: now.version === 0 || now.enabled ? 'yes' : '', secret_key: '', account: now.account ?? '' },
    submit: async (values) => {
      const body = { enabled: values.enabled === 'yes', account: textOrNull(values.account), ...(values.secret_key ? { secret_key: values.secret_key.trim() } : {}) };
      await withVersion(t('it'), () => put('cards/settings', body, now.version > 0 ? { version: now.version } : {}));
      letGo();
      invalidate(['cards']);
      showToast(t('saved'));
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  return (
    <section class="panel cards-panel">
      <div class="cards-head"><h2>{t('setup')}</h2><Badge tone={TONES[now.mode]}>{t(`mode.${now.mode}`)}</Badge>{now.version > 0 && !now.enabled ? <Badge>{t('off')}</Badge> : null}</div>
      {now.last_error ? <Notice tone="danger" title={t('refused')}><p>{now.last_error}</p></Notice> : null}
      {now.old_keys.map((old) => <Notice key={old.replaced_at} tone="info"><p>{t('key.old', { hint: old.key_hint, date: at(old.replaced_at) })}</p></Notice>)}
      <FormFrame form={form} labels={{ secret_key: t('key'), account: t('account') }}>
        <Check label={t('enabled')} hint={t('enabled.hint')} checked={form.values.enabled === 'yes'} onChange={(on) => form.set('enabled', on ? 'yes' : '')} />
        <TextField {...form.bind('secret_key')} type="password" autoComplete="off" label={t('key')} hint={now.key_hint ? `${t('key.hint')} ${t('key.there', { hint: now.key_hint })}` : t('key.hint')} required={!now.key_hint} maxLength={255} />
        <TextField {...form.bind('account')} label={t('account')} hint={t('account.hint')} optional={t('optional')} maxLength={60} />
      </FormFrame>
    </section>
  );
}

const at = (instant: string): string => formatDateTime(instant, zone.value, session.value?.tenant.locale);

async function copy(text: string): Promise<void> {
  await navigator.clipboard?.writeText(text).then(() => showToast(t('hook.copied')), () => undefined);
}

function Webhook({ now }: { readonly now: CardSettings }) {
  const may = can('settings.write');
  const form = useForm({
    initial: { secret: '' },
    submit: async (values) => {
      await post('cards/webhook-secrets', { secret: values.secret.trim() });
      form.set('secret', '');
      invalidate(['cards']);
      showToast(t('hook.added'));
    },
  });
  const [busy, setBusy] = useState(false);
  const drop = async (id: string): Promise<void> => {
    if (busy || !(await confirm({ title: t('hook.ask'), text: t('hook.askText'), yes: t('hook.yes'), no: t('hook.no') }))) return;
    setBusy(true);
    try {
      await remove(`cards/webhook-secrets/${id}`);
      showToast(t('hook.removed'));
    } catch (error) {
      showToast(t('failed', { reason: (error as Error).message }), { danger: true });
    }
    invalidate(['cards']);
    setBusy(false);
  };
  return (
    <section class="panel cards-panel">
      <h2>{t('hook')}</h2>
      <p class="muted">{t('hook.lead')}</p>
      <div class="cards-address">
        <TextField id="hook-address" label={t('hook.address')} value={now.webhook_url} onValue={() => undefined} readOnly onFocus={(event) => event.currentTarget.select()} />
        <Button icon="copy" aria-label={t('hook.copy')} onClick={() => void copy(now.webhook_url)} />
      </div>
      {now.webhook_secrets.length === 0 ? <p>{t('hook.none')}</p> : (
        <ul class="rows">
          {now.webhook_secrets.map((s) => (
            <li key={s.id}>
              <Icon name="shield-check" />
              <span class="row-text"><span>{t('hook.ends', { hint: s.hint })}</span><span class="muted">{t('hook.since', { date: at(s.created_at) })}</span></span>
              {may ? <Button size="sm" kind="danger-quiet" aria-label={t('hook.removeLabel', { hint: s.hint })} onClick={() => void drop(s.id)}>{t('hook.remove')}</Button> : null}
            </li>
          ))}
        </ul>
      )}
      {may ? (
        <form class="cards-new" noValidate onSubmit={form.onSubmit}>
          <TextField {...form.bind('secret')} type="password" autoComplete="off" label={t('hook.secret')} hint={t('hook.secret.hint')} maxLength={255} />
          <Button type="submit" icon="plus" busy={form.busy}>{t('hook.add')}</Button>
        </form>
      ) : null}
    </section>
  );
}
