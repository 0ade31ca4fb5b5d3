/** The gate: signed in, the shell; otherwise the sign-in page. */
import { useEffect } from 'preact/hooks';
import { SignIn } from '../signin';
import { Announcer } from '../ui/Announcer';
import { Dialog } from '../ui/Dialog';
import { ErrorState } from '../ui/State';
import { Toasts } from '../ui/Toast';
import { Button } from '../ui/Button';
import { startLive, stopLive } from './live';
import { abandonRelogin, loadSession, reloginOpen, session, sessionState, signedIn } from './session';
import { Shell } from './Shell';
import { Confirms } from './ui/Confirm';

export function App() {
  const state = sessionState.value;
  const id = session.value?.member.id;
  useEffect(() => {
    if (state.kind !== 'in') return undefined;
    startLive();
    return stopLive;
  }, [state.kind, id]);
  return (
    <>
      {state.kind === 'in' ? <Shell /> : null}
      {state.kind === 'out' ? <SignIn onDone={signedIn} /> : null}
      {state.kind === 'loading' ? <main class="boot" aria-busy="true"><span class="spinner" /><span class="visually-hidden">Loading</span></main> : null}
      {state.kind === 'failed' ? (
        <main class="boot">
          <ErrorState error={state.error} title="The clinic’s server does not answer" retryLabel="Try again" onRetry={() => void loadSession()} />
        </main>
      ) : null}
      {reloginOpen.value ? <Relogin /> : null}
      <Confirms />
      <Toasts closeLabel="Dismiss" />
      <Announcer />
    </>
  );
}

/** The session ended while somebody was working: sign in over the page, and nothing that was typed is lost. */
function Relogin() {
  return (
    <Dialog title="Your session has ended" closeLabel="Sign out" onClose={abandonRelogin} foot={<Button kind="quiet" onClick={abandonRelogin}>Leave and discard what is unsaved</Button>}>
      <SignIn bare email={session.value?.member.email} onDone={signedIn} />
    </Dialog>
  );
}
