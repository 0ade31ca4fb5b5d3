/** The page behind the link in the mail that confirms an address: opening it changes nothing, the button does. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { post } from '../api/client';
import { ApiError } from '../lib/http';
import { Button } from '../ui/Button';
import { Notice } from '../ui/Notice';
import { t } from './text';

interface Props {
  readonly token: string;
  /** The address is confirmed: who is signed in here learns it. */
  readonly onDone: () => void;
}

export function Verify({ token, onDone }: Props) {
  const [state, setState] = useState<'ask' | 'busy' | 'done' | 'over'>('ask');
  const [error, setError] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [state === 'done']);
  const confirm = async (): Promise<void> => {
    setState('busy');
    setError(null);
    try {
      await post('auth/verify', { token });
      setState('done');
      onDone();
    } catch (failure) {
      const final = failure instanceof ApiError && [404, 409, 422].includes(failure.status);
      setError(failure instanceof ApiError ? failure.fields['token'] ? t('verify.broken') : failure.message : t('verify.failed'));
      setState(final ? 'over' : 'ask');
    }
  };
  return (
    <main class="signin" id="main">
      <div class="signin-card">
        <p class="signin-mark"><img src="/favicon.svg" alt="" width="28" height="28" /> {t('product')}</p>
        <div class="signin-head">
          <h1 ref={heading} tabIndex={-1}>{state === 'done' ? t('verify.done') : t('verify.title')}</h1>
          <p class="muted">{state === 'done' ? t('verify.done.lead') : t('verify.lead')}</p>
        </div>
        {error ? <Notice tone="warn" live><p>{error}</p></Notice> : null}
        {state === 'ask' || state === 'busy' ? <Button kind="primary" size="lg" block busy={state === 'busy'} onClick={() => void confirm()}>{t('verify.submit')}</Button> : null}
        {state === 'done' || state === 'over' ? <p><a href="/app">{t('verify.open')}</a></p> : null}
      </div>
    </main>
  );
}
