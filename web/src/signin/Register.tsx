import { useEffect, useRef, useState } from 'preact/hooks';
import { create } from '../api/client';
import type { Session } from '../api/types';
import { browserZone } from '../lib/time';
import { Button } from '../ui/Button';
import { ErrorSummary } from '../ui/ErrorSummary';
import { SelectField, TextField } from '../ui/Field';
import { Notice } from '../ui/Notice';
import { useForm } from '../ui/useForm';
import { PasswordField } from './PasswordField';
import { currencyFor, currencyNames, slugOf, zoneNames } from './choices';
import { t } from './text';
import { useWait, waitSentence } from './wait';

const PASSWORD_MIN = 10;

interface Props {
  onDone: (session: Session) => void;
  onSignIn: () => void;
}

export function Register({ onDone, onSignIn }: Props) {
  const [slugTouched, setSlugTouched] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const form = useForm({
    initial: { tenant_name: '', slug: '', name: '', email: '', password: '', time_zone: browserZone(), currency: currencyFor(navigator.language, browserZone()) },
    submit: async (values) => {
      const { data } = await create<Session>('auth/register', {
        ...values, tenant_name: values.tenant_name.trim(), name: values.name.trim(), email: values.email.trim(),
      });
      onDone(data);
    },
  });
  const wait = useWait(form.failure);
  const bind = form.bind;
  const labels = {
    tenant_name: t('register.tenant'), slug: t('register.slug'), name: t('register.name'), email: t('signin.email'),
    password: t('signin.password'), time_zone: t('register.zone'), currency: t('register.currency'),
  };
  const setTenant = (value: string): void => {
    form.set('tenant_name', value);
    if (!slugTouched) form.set('slug', slugOf(value));
  };
  return (
    <>
      <div class="signin-head">
        <h1 ref={heading} tabIndex={-1}>{t('register.title')}</h1>
        <p class="muted">{t('register.lead')}</p>
      </div>
      <form class="form signin-form" noValidate onSubmit={form.onSubmit}>
        {wait > 0
          ? <Notice tone="warn" icon="clock" live><p>{waitSentence(wait)}</p></Notice>
          : form.failure?.status === 429 ? null : <ErrorSummary form={form} title={(count) => t('errors.title', { count })} labels={labels} />}
        <fieldset class="form signin-group">
          <legend>{t('register.group.clinic')}</legend>
          <TextField {...bind('tenant_name')} onValue={setTenant} label={labels.tenant_name} autocomplete="organization" required maxLength={120} data-invalid={t('errors.required')} />
          <TextField
            {...bind('slug')}
            onValue={(value) => { setSlugTouched(true); form.set('slug', value.toLowerCase()); }}
            label={labels.slug}
            hint={t('register.slug.hint', { address: `${window.location.host}/book/${form.values.slug || '…'}` })}
            autocomplete="off" autocapitalize="none" spellcheck={false} required pattern="[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}" data-invalid={t('register.slug.invalid')}
          />
          <div class="form-row">
            <SelectField {...bind('time_zone')} label={labels.time_zone}>
              {zoneNames().map((zone) => <option key={zone} value={zone}>{zone.replace(/_/g, ' ')}</option>)}
            </SelectField>
            <SelectField {...bind('currency')} label={labels.currency}>
              {currencyNames(navigator.language).map(({ code, name }) => <option key={code} value={code}>{code} – {name}</option>)}
            </SelectField>
          </div>
        </fieldset>
        <fieldset class="form signin-group">
          <legend>{t('register.group.you')}</legend>
          <TextField {...bind('name')} label={labels.name} autocomplete="name" required maxLength={120} data-invalid={t('errors.required')} />
          <TextField {...bind('email')} label={labels.email} type="email" inputMode="email" autocomplete="username" autocapitalize="none" spellcheck={false} required data-invalid={t('errors.email')} />
          <PasswordField {...bind('password')} label={labels.password} hint={t('register.password.hint')} autocomplete="new-password" minLength={PASSWORD_MIN} />
        </fieldset>
        <Button kind="primary" size="lg" type="submit" block busy={form.busy} disabled={wait > 0}>{t('register.submit')}</Button>
      </form>
      <p class="signin-switch small">{t('register.toSignin')} <button type="button" class="link-btn" onClick={onSignIn}>{t('signin.submit')}</button></p>
    </>
  );
}
