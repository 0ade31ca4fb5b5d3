import { useState } from 'preact/hooks';
import { post } from '../api/client';
import type { Session } from '../api/types';
import { ApiError, setCsrfToken } from '../lib/http';
import { Button } from '../ui/Button';
import { ErrorSummary } from '../ui/ErrorSummary';
import { TextField } from '../ui/Field';
import { Notice } from '../ui/Notice';
import { useForm } from '../ui/useForm';
import { PasswordField } from './PasswordField';
import { Register } from './Register';
import { t } from './text';
import { useWait, waitSentence } from './wait';

interface Props {
  /** The session is set up (cookie, and the token for requests) when this is called. */
  onDone: (session: Session) => void;
  /** After a session ended: the address is known and the way to registration is not offered. */
  email?: string;
  /** Start with the registration form; default: at the address /register. */
  register?: boolean;
  /** Without the page around it, for the dialog over a page whose session ended. */
  bare?: boolean;
}

/** One sentence for a wrong address, a wrong password and an unknown clinic: nothing tells which accounts exist. */
function hideAccounts(error: unknown): never {
  if (error instanceof ApiError && (error.status === 401 || error.status === 403 || error.status === 404)) {
    throw new ApiError(error.status, error.code, t('signin.wrong'), {}, error.requestId);
  }
  throw error;
}

export function SignIn({ onDone, email, register = window.location.pathname.startsWith('/register'), bare = false }: Props) {
  const [registering, setRegistering] = useState(register);
  const done = (session: Session): void => {
    setCsrfToken(session.csrf_token);
    onDone(session);
  };
  if (bare) return <SignInForm onDone={done} email={email} />;
  return (
    <main class="signin" id="main">
      <div class="signin-card">
        <p class="signin-mark"><img src="/favicon.svg" alt="" width="28" height="28" /> {t('product')}</p>
        {registering
          ? <Register onDone={done} onSignIn={() => setRegistering(false)} />
          : <SignInForm onDone={done} email={email} onRegister={email ? undefined : () => setRegistering(true)} />}
      </div>
    </main>
  );
}

function SignInForm({ onDone, email, onRegister }: { onDone: (session: Session) => void; email?: string; onRegister?: () => void }) {
  const [askClinic, setAskClinic] = useState(false);
  const form = useForm({
    initial: { email: email ?? '', password: '', tenant: '' },
    submit: async (values) => {
      const body = { email: values.email.trim(), password: values.password, ...(values.tenant ? { tenant: values.tenant.trim() } : {}) };
      try {
        const { data } = await post<Session>('auth/login', body);
        onDone(data);
      } catch (error) {
        /* One address can belong to several clinics; the server then asks which. */
        if (error instanceof ApiError && error.fields['tenant']) setAskClinic(true);
        hideAccounts(error);
      }
    },
  });
  const wait = useWait(form.failure);
  const waiting = wait > 0;
  return (
    <>
      <div class="signin-head">
        <h1>{email ? t('signin.again.title') : t('signin.title')}</h1>
        <p class="muted">{email ? t('signin.again.lead') : t('signin.lead')}</p>
      </div>
      <form class="form signin-form" noValidate onSubmit={form.onSubmit}>
        {waiting
          ? <Notice tone="warn" icon="clock" live><p>{waitSentence(wait)}</p></Notice>
          : form.failure?.status === 429 ? null
            : <ErrorSummary form={form} title={(count) => t('errors.title', { count })} labels={{ email: t('signin.email'), password: t('signin.password'), tenant: t('signin.clinic') }} />}
        <TextField {...form.bind('email')} label={t('signin.email')} type="email" inputMode="email" autocomplete="username" autocapitalize="none" spellcheck={false} required data-invalid={t('errors.email')} />
        <PasswordField {...form.bind('password')} label={t('signin.password')} autocomplete="current-password" />
        {askClinic ? (
          <TextField {...form.bind('tenant')} label={t('signin.clinic')} hint={t('signin.clinic.hint')} autocomplete="organization" autocapitalize="none" spellcheck={false} required data-invalid={t('errors.required')} />
        ) : null}
        <Button kind="primary" size="lg" type="submit" block busy={form.busy} disabled={waiting}>{t('signin.submit')}</Button>
      </form>
      <p class="small muted">{t('signin.forgot')}</p>
      {onRegister ? (
        <p class="signin-switch small">{t('signin.toRegister')} <button type="button" class="link-btn" onClick={onRegister}>{t('signin.register')}</button></p>
      ) : null}
    </>
  );
}
