/** Until the address of who is signed in is confirmed: where the link went, and another one. */
import { useState } from 'preact/hooks';
import { post } from '../api/client';
import { ApiError } from '../lib/http';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { showToast } from '../ui/Toast';
import { loadSession, session } from './session';
import { t } from './text';

export function VerifyBanner() {
  const [busy, setBusy] = useState(false);
  const me = session.value;
  if (!me || me.email_verified !== null) return null;
  const send = async (): Promise<void> => {
    setBusy(true);
    try {
      await post('auth/verify/send');
      showToast(t('verify.sent', { address: me.member.email }));
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) void loadSession();
      showToast((error as Error).message, { danger: !(error instanceof ApiError && error.status === 409) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="banner banner-quiet" role="region" aria-label={t('verify.region')}>
      <Icon name="info" size="sm" /> <span>{t('verify.ask', { address: me.member.email })}</span>
      <Button kind="quiet" size="sm" busy={busy} onClick={() => void send()}>{t('verify.again')}</Button>
    </div>
  );
}
