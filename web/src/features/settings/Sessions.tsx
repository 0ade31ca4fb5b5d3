/** Where the person is signed in, and their password. */
import { checkTitle } from '../../app/ui/FormFrame';
import { get, post, remove } from '../../api/client';
import type { SessionRow } from '../../api/types';
import { session, zone } from '../../app/session';
import { Failed, Loading, Page } from '../../app/ui/Page';
import { invalidate, useQuery } from '../../lib/query';
import { formatDateTime } from '../../lib/time';
import { Button } from '../../ui/Button';
import { ErrorSummary } from '../../ui/ErrorSummary';
import { TextField } from '../../ui/Field';
import { Icon } from '../../ui/Icon';
import { showToast } from '../../ui/Toast';
import { useForm } from '../../ui/useForm';
import type { SectionProps } from './sections';
import { t } from './text';

export function deviceOf(agent: string | null): string {
  const text = agent ?? '';
  const browser = /Edg/.test(text) ? t('sessions.edge') : /Firefox/.test(text) ? t('sessions.firefox') : /Chrom/.test(text) ? t('sessions.chrome') : /Safari/.test(text) ? t('sessions.safari') : text.split(/[ /]/)[0] || t('sessions.unknownDevice');
  const system = /Windows/.test(text) ? t('sessions.windows') : /Android/.test(text) ? t('sessions.android') : /iPhone|iPad/.test(text) ? 'iOS' : /Mac OS/.test(text) ? 'macOS' : /Linux/.test(text) ? t('sessions.linux') : '';
  return system ? `${browser} on ${system}` : browser;
}

export default function Sessions(_: SectionProps) {
  const query = useQuery<SessionRow[]>(['sessions'], async (signal) => (await get<SessionRow[]>('auth/sessions', { signal })).data);
  const end = async (row: SessionRow): Promise<void> => {
    try {
      await remove(`auth/sessions/${row.id}`);
      invalidate(['sessions']);
      showToast(t('sessions.isSignedOut', { deviceOf: deviceOf(row.user_agent) }));
    } catch (error) {
      showToast(t('sessions.notSignedOut', { reason: (error as Error).message }), { danger: true });
    }
  };
  return (
    <Page narrow title={t('sessions.sessionsAndPassword')} lead={t('sessions.ifYouDoNot')}>
      {query.error && !query.data ? <Failed error={query.error} what={t('sessions.theListOfSessions')} onRetry={query.reload} /> : null}
      {!query.data && !query.error ? <Loading what={t('loading.sessions')} rows={3} /> : null}
      {query.data ? (
        <ul class="rows">
          {query.data.map((row) => (
            <li key={row.id}>
              <Icon name={row.kind === 'bearer' ? 'link' : 'monitor'} />
              <span class="row-text"><span>{deviceOf(row.user_agent)}</span><span class="muted">{row.address} {t('sessions.lastSeen')}{' '}{formatDateTime(row.seen_at, zone.value, session.value?.tenant.locale)}</span></span>
              {row.current ? <span class="badge badge-ok">{t('sessions.thisOne')}</span> : <Button size="sm" onClick={() => void end(row)} aria-label={t('sessions.signOut', { deviceOf: deviceOf(row.user_agent) })}>{t('sessions.signOut2')}</Button>}
            </li>
          ))}
        </ul>
      ) : null}
      <PasswordForm />
    </Page>
  );
}

function PasswordForm() {
  const form = useForm({
    initial: { current_password: '', new_password: '' },
    submit: async (values) => {
      await post('auth/password', values);
      form.set('current_password', '');
      form.set('new_password', '');
      invalidate(['sessions']);
      showToast(t('sessions.passwordChangedAllOther'));
    },
  });
  return (
    <section class="panel above">
      <h2>{t('sessions.changeYourPassword')}</h2>
      <form class="stack" noValidate onSubmit={form.onSubmit}>
        <ErrorSummary form={form} title={checkTitle} labels={{ current_password: t('sessions.currentPassword'), new_password: t('sessions.newPassword') }} />
        <input class="visually-hidden" type="text" autocomplete="username" value={session.value?.member.email} readOnly tabIndex={-1} aria-hidden="true" />
        <div class="form-row">
          <TextField {...form.bind('current_password')} type="password" label={t('sessions.currentPassword')} autocomplete="current-password" required data-invalid={t('sessions.enterYourCurrentPassword')} />
          <TextField {...form.bind('new_password')} type="password" label={t('sessions.newPassword')} hint={t('sessions.atLeast10Characters')} autocomplete="new-password" minLength={10} required data-invalid={t('sessions.atLeast10Characters2')} />
        </div>
        <div><Button type="submit" busy={form.busy}>{t('sessions.changePassword')}</Button></div>
      </form>
    </section>
  );
}
