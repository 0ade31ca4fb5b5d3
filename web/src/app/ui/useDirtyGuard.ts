/** Asks before unsaved input is left behind, inside the application and when the window closes. */
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../text';
import { confirm } from './Confirm';
import { addGuard, navigate } from '../../lib/router';

/** Returns a function that lets the next navigation pass (after saving). */
export function useDirtyGuard(dirty: boolean): () => void {
  const now = useRef(dirty);
  now.current = dirty;
  useEffect(() => {
    let asking = false;
    const removeGuard = addGuard(() => {
      if (!now.current) return true;
      if (!asking) {
        asking = true;
        const target = lastClicked;
        void confirm({ title: t('guard.title'), text: t('guard.text'), yes: t('guard.leave'), no: t('guard.stay') }).then((yes) => {
          asking = false;
          if (!yes || !target) return;
          now.current = false;
          navigate(target);
        });
      }
      return false;
    });
    const unload = (event: BeforeUnloadEvent): void => {
      if (now.current) event.preventDefault();
    };
    let lastClicked: string | null = null;
    const note = (event: Event): void => {
      const link = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null;
      if (link && link.origin === window.location.origin) lastClicked = link.pathname + link.search;
    };
    document.addEventListener('click', note, true);
    window.addEventListener('beforeunload', unload);
    return () => {
      removeGuard();
      document.removeEventListener('click', note, true);
      window.removeEventListener('beforeunload', unload);
    };
  }, []);
  return () => { now.current = false; };
}
