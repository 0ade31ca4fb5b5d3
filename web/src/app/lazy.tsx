/**
 * Parts that are loaded when they are needed: screens and dialogs. While a part is under way nothing moves for 200 ms, then
 * grey lines stand in for it; a part that cannot be loaded says so and can be tried again.
 */
import type { ComponentType, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Empty } from '../ui/State';
import { t } from './text';
import { Loading, Page } from './ui/Page';

type Load<M> = () => Promise<M>;
interface Part<M> { readonly load: Load<M>; module: M | null }
const parts = new Map<unknown, Part<unknown>>();

/** Loads once, and remembers: a part that is there is drawn at once. */
function partOf<M>(load: Load<M>): Part<M> {
  let part = parts.get(load) as Part<M> | undefined;
  if (!part) parts.set(load, (part = { load, module: null }));
  return part;
}

async function fetchPart<M>(load: Load<M>): Promise<M> {
  const part = partOf(load);
  part.module ??= await part.load();
  return part.module;
}

/** Runs something when the browser has nothing else to do and is on line. */
export function whenIdle(run: () => void): void {
  const later = (): void => {
    if (navigator.onLine) run();
    else window.addEventListener('online', () => whenIdle(run), { once: true });
  };
  if ('requestIdleCallback' in window) window.requestIdleCallback(later, { timeout: 4000 });
  else setTimeout(later, 1500);
}

/** Fetches parts that will probably be wanted. */
export function prefetch(...loads: readonly Load<unknown>[]): void {
  whenIdle(() => { for (const load of loads) void fetchPart(load).catch(() => undefined); });
}

interface LazyState<M> { readonly module: M | null; readonly failed: boolean; readonly retry: () => void }

export function useLazy<M>(load: Load<M>): LazyState<M> {
  const [state, setState] = useState<{ load: Load<M>; module: M | null; failed: boolean }>({ load, module: partOf(load).module, failed: false });
  const [turn, setTurn] = useState(0);
  const current = state.load === load ? state : { load, module: partOf(load).module, failed: false };
  useEffect(() => {
    let here = true;
    fetchPart(load).then((module) => { if (here) setState({ load, module, failed: false }); }, () => { if (here) setState({ load, module: null, failed: true }); });
    return () => { here = false; };
  }, [load, turn]);
  return { module: current.module, failed: current.failed, retry: () => { setState({ load, module: null, failed: false }); setTurn((n) => n + 1); } };
}

function LoadFailed({ onRetry }: { readonly onRetry: () => void }) {
  return (
    <Empty icon="wifi-off" title={t('lazy.failed')} text={t('lazy.failedText')} live>
      <Button kind="primary" icon="rotate-ccw" onClick={onRetry}>{t('lazy.retry')}</Button>
      <Button onClick={() => window.location.reload()}>{t('lazy.reload')}</Button>
    </Empty>
  );
}

/** A screen of the list in routes.ts. */
export function LazyScreen<P extends object>({ load, title, props }: { readonly load: Load<{ readonly default: ComponentType<P> }>; readonly title: string; readonly props: P }): VNode {
  const { module, failed, retry } = useLazy(load);
  if (failed) return <Page title={title}><LoadFailed onRetry={retry} /></Page>;
  if (!module) return <div class="page"><Loading what={title} /></div>;
  return <module.default {...props} />;
}

/**
 * A dialog that is fetched at its first opening.
 *
 *   const EditDialog = lazyDialog(async () => (await import('./EditDialog')).EditDialog);
 *   {open ? <EditDialog id={id} onClose={close} /> : null}
 */
export function lazyDialog<P extends object>(load: Load<ComponentType<P>>): ComponentType<P> & { readonly load: Load<ComponentType<P>> } {
  const Lazy = (props: P): VNode | null => {
    const { module: Inner, failed, retry } = useLazy(load);
    const [closed, setClosed] = useState(false);
    const close = (): void => {
      setClosed(true);
      (props as { onClose?: () => void }).onClose?.();
    };
    if (Inner) return <Inner {...props} />;
    if (!failed || closed) return null;
    return <Dialog title={t('lazy.failed')} closeLabel={t('dialog.close')} onClose={close}><LoadFailed onRetry={retry} /></Dialog>;
  };
  return Object.assign(Lazy, { load });
}
