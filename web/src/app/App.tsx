/** The gate: signed in, the shell; otherwise the sign-in page. */
import { useEffect } from 'preact/hooks';
import { address } from '../lib/router';
import { Announcer } from '../ui/Announcer';
import { Dialog } from '../ui/Dialog';
import { Empty, ErrorState } from '../ui/State';
import { Toasts } from '../ui/Toast';
import { Button } from '../ui/Button';
import { useLazy } from './lazy';
import { startLive, stopLive } from './live';
import { abandonRelogin, accountChanged, loadSession, reloginOpen, session, sessionState, signedIn } from './session';
import { Shell } from './Shell';
import { t } from './text';
import { Confirms } from './ui/Confirm';

export function App() {
  const state = sessionState.value;
  const id = session.value?.member.id;
  useEffect(() => {
    if (state.kind !== 'in') return undefined;
    startLive();
    return stopLive;
  }, [state.kind, id]);
  if (address.value.path.startsWith('/verify/')) return <VerifyPart token={address.value.path.slice('/verify/'.length)} />;
  return (
    <>
      {state.kind === 'in' ? <Shell /> : null}
      {state.kind === 'out' ? <SignInPart /> : null}
      {state.kind === 'loading' ? <Boot /> : null}
      {state.kind === 'failed' ? (
        <main class="boot">
          <ErrorState error={state.error} title={t('app.theClinicsServerDoes')} retryLabel={t('lazy.retry')} onRetry={() => void loadSession()} />
        </main>
      ) : null}
      {reloginOpen.value ? <Relogin /> : null}
      <Confirms />
      <Toasts closeLabel={t('app.dismiss')} />
      <Announcer />
    </>
  );
}

const loadSignIn = () => import('../signin');

function Boot() {
  return <main class="boot" aria-busy="true"><span class="spinner" /><span class="visually-hidden">{t('page.loading')}</span></main>;
}

function VerifyPart({ token }: { readonly token: string }) {
  const { module, failed, retry } = useLazy(loadSignIn);
  if (failed) return <main class="boot"><Empty icon="wifi-off" title={t('lazy.failed')}><Button kind="primary" onClick={retry}>{t('lazy.retry')}</Button></Empty></main>;
  return module ? <module.Verify token={token} onDone={accountChanged} /> : <Boot />;
}

function SignInPart({ bare = false }: { readonly bare?: boolean }) {
  const { module, failed, retry } = useLazy(loadSignIn);
  if (failed) return <main class="boot"><Empty icon="wifi-off" title={t('lazy.failed')}><Button kind="primary" onClick={retry}>{t('lazy.retry')}</Button></Empty></main>;
  if (!module) return bare ? <p aria-busy="true"><span class="spinner" /></p> : <Boot />;
  return <module.SignIn bare={bare} email={bare ? session.value?.member.email : undefined} onDone={signedIn} />;
}

/** The session ended while somebody was working: sign in over the page, and nothing that was typed is lost. */
function Relogin() {
  return (
    <Dialog title={t('app.yourSessionHasEnded')} closeLabel={t('app.signOut')} onClose={abandonRelogin} foot={<Button kind="quiet" onClick={abandonRelogin}>{t('app.leaveAndDiscardWhat')}</Button>}>
      <SignInPart bare />
    </Dialog>
  );
}
