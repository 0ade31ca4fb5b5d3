/** What the client's wallet would pay of an order, and a visit of a package for an appointment: one press each. Nothing is shown where there is nothing. */
import { useState } from 'preact/hooks';
import { create, get, remove } from '../../api/client';
import { Button, Notice, showToast } from '../../app/ui';
import { can } from '../../app/session';
import { ApiError } from '../../lib/http';
import { invalidate, useQuery } from '../../lib/query';
import { money, refresh, t } from './text';
import type { Order } from './types';

interface Cover { covered_minor: number; left_minor: number; currency: string; parts: { name: string; amount_minor: number }[] }
interface Visit { used: boolean; left: number; name: string | null }

function useAct(onDone: (left: boolean) => void): { busy: boolean; problem: string | null; act: (work: () => Promise<boolean>) => Promise<void> } {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const act = async (work: () => Promise<boolean>): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const left = await work();
      refresh();
      invalidate(['wallets'], ['wallet-cover'], ['package-visit']);
      onDone(left);
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error));
      invalidate(['wallet-cover'], ['package-visit']);
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, act };
}

export function FromWallet({ order, onDone }: { readonly order: Order; readonly onDone: (left: boolean) => void }) {
  const may = can('wallets.write') && order.client_id !== null && order.open_minor > 0;
  const cover = useQuery<Cover | null>(['wallet-cover', may ? order.id : '', String(order.version)], async (signal) => (may ? (await get<Cover>(`orders/${order.id}/wallet-payment`, { signal })).data : null)).data;
  const { busy, problem, act } = useAct(onDone);
  if (!cover || cover.covered_minor === 0) return null;
  const amount = money(cover.covered_minor, cover.currency);
  return (
    <section class="stack pay-wallet">
      {problem ? <Notice tone="danger" live><p>{problem}</p></Notice> : null}
      <Button kind="secondary" busy={busy} onClick={() => void act(async () => {
        const { data } = await create<Cover>(`orders/${order.id}/wallet-payment`, { expect_minor: cover.covered_minor });
        showToast(t('pay.taken', { amount }));
        return data.left_minor > 0;
      })}>{t('pay.wallet', { amount })}</Button>
      <p class="muted small">{cover.parts.map((part) => `${part.name}: ${money(part.amount_minor, cover.currency)}`).join(', ')}{cover.left_minor > 0 ? `. ${t('pay.walletLeft', { amount: money(cover.left_minor, cover.currency) })}` : ''}</p>
    </section>
  );
}

export function FromPackage({ appointmentId, onDone }: { readonly appointmentId: string; readonly onDone: (left: boolean) => void }) {
  const may = can('wallets.write');
  const visit = useQuery<Visit | null>(['package-visit', may ? appointmentId : ''], async (signal) => (may ? (await get<Visit>(`appointments/${appointmentId}/package-visit`, { signal })).data : null)).data;
  const { busy, problem, act } = useAct(onDone);
  if (!visit || (!visit.used && visit.left === 0)) return null;
  const path = `appointments/${appointmentId}/package-visit`;
  return (
    <section class="stack pay-wallet">
      {problem ? <Notice tone="danger" live><p>{problem}</p></Notice> : null}
      {visit.used
        ? <Button kind="secondary" busy={busy} onClick={() => void act(async () => { await remove(path); return true; })}>{t('pay.visitBack')}</Button>
        : <Button kind="secondary" busy={busy} onClick={() => void act(async () => { await create<Visit>(path, {}); showToast(t('pay.visitTaken')); return false; })}>{t('pay.visit', { name: visit.name ?? '', count: visit.left })}</Button>}
    </section>
  );
}
