/** Where the person is signed in, and their password. */
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

export function deviceOf(agent: string | null): string {
  const text = agent ?? '';
  const browser = /Edg/.test(text) ? 'Edge' : /Firefox/.test(text) ? 'Firefox' : /Chrom/.test(text) ? 'Chrome' : /Safari/.test(text) ? 'Safari' : text.split(/[ /]/)[0] || 'Unknown device';
  const system = /Windows/.test(text) ? 'Windows' : /Android/.test(text) ? 'Android' : /iPhone|iPad/.test(text) ? 'iOS' : /Mac OS/.test(text) ? 'macOS' : /Linux/.test(text) ? 'Linux' : '';
  return system ? `${browser} on ${system}` : browser;
}

export default function Sessions(_: SectionProps) {
  const query = useQuery<SessionRow[]>(['sessions'], async (signal) => (await get<SessionRow[]>('auth/sessions', { signal })).data);
  const end = async (row: SessionRow): Promise<void> => {
    try {
      await remove(`auth/sessions/${row.id}`);
      invalidate(['sessions']);
      showToast(`${deviceOf(row.user_agent)} is signed out`);
    } catch (error) {
      showToast(`Not signed out: ${(error as Error).message}`, { danger: true });
    }
  };
  return (
    <Page narrow title="Sessions and password" lead="If you do not know a device, sign it out and change your password.">
      {query.error && !query.data ? <Failed error={query.error} what="The list of sessions" onRetry={query.reload} /> : null}
      {!query.data && !query.error ? <Loading what="sessions" rows={3} /> : null}
      {query.data ? (
        <ul class="rows">
          {query.data.map((row) => (
            <li key={row.id}>
              <Icon name={row.kind === 'bearer' ? 'link' : 'monitor'} />
              <span class="row-text"><span>{deviceOf(row.user_agent)}</span><span class="muted">{row.address} · last seen {formatDateTime(row.seen_at, zone.value, session.value?.tenant.locale)}</span></span>
              {row.current ? <span class="badge badge-ok">This one</span> : <Button size="sm" onClick={() => void end(row)} aria-label={`Sign out ${deviceOf(row.user_agent)}`}>Sign out</Button>}
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
      showToast('Password changed. All other devices are signed out.');
    },
  });
  return (
    <section class="panel above">
      <h2>Change your password</h2>
      <form class="stack" noValidate onSubmit={form.onSubmit}>
        <ErrorSummary form={form} title={(count) => `Please check ${count === 1 ? 'one field' : `${count} fields`}`} labels={{ current_password: 'Current password', new_password: 'New password' }} />
        <input class="visually-hidden" type="text" autocomplete="username" value={session.value?.member.email} readOnly tabIndex={-1} aria-hidden="true" />
        <div class="form-row">
          <TextField {...form.bind('current_password')} type="password" label="Current password" autocomplete="current-password" required data-invalid="Enter your current password." />
          <TextField {...form.bind('new_password')} type="password" label="New password" hint="At least 10 characters" autocomplete="new-password" minLength={10} required data-invalid="At least 10 characters." />
        </div>
        <div><Button type="submit" busy={form.busy}>Change password</Button></div>
      </form>
    </section>
  );
}
