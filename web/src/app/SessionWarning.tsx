/** Two minutes before the session ends: a dialog with a countdown, announced at the start, at 60 and at 20 seconds. */
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { announce } from '../ui/Announcer';
import { countdown, secondsLeft } from './countdown';
import { reloginOpen, session, signOut, staySignedIn } from './session';
import { t } from './text';

const WARN_S = 120;

export function SessionWarning() {
  const me = session.value;
  const [left, setLeft] = useState(Infinity);
  useEffect(() => {
    if (!me) return undefined;
    const tick = (): void => setLeft(secondsLeft(me.idle_expires_at, me.expires_at, Date.now()));
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [me?.idle_expires_at]);
  const open = left <= WARN_S && left > 0 && !reloginOpen.value;
  useEffect(() => {
    if (open && (left === 60 || left === 20)) announce(t('sessionWarning.youWillBeSigned', { left }));
    // The work of this page may have kept the session alive: ask before saying it is over.
    if (left <= 0 && left > -5) void staySignedIn();
  }, [open, left]);
  if (!open) return null;
  return (
    <Dialog
      title={t('sessionWarning.areYouStillThere')}
      closeLabel={t('sessionWarning.staySignedIn')}
      onClose={() => void staySignedIn()}
      foot={
        <>
          <Button kind="quiet" onClick={() => void signOut()}>{t('app.signOut')}</Button>
          <Button kind="primary" autoFocus onClick={() => void staySignedIn()}>{t('sessionWarning.staySignedIn')}</Button>
        </>
      }
    >
      <p>{t('sessionWarning.forTheSafetyOf')}{' '}<strong class="num">{countdown(left)}</strong>{t('sessionWarning.becauseNothingHasHappened')}</p>
    </Dialog>
  );
}
