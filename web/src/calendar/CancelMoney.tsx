/** What goes back when a paid appointment is cancelled: all of it, what the terms say, or what somebody decides who may. */
import { get } from '../api/client';
import type { Appointment, Cancellation } from '../api/types';
import { can, session } from '../app/session';
import { t } from '../app/text';
import { editMoney, formatMoney, parseMoney } from '../lib/money';
import { useQuery } from '../lib/query';
import { RadioCards } from '../ui/Choices';
import { TextField } from '../ui/Field';
import { Failed, Loading } from '../app/ui/Page';

export type Who = 'clinic' | 'client' | 'other';
export interface Giving { readonly who: Who; readonly amount: string }

export function useCancellation(a: Appointment) {
  return useQuery<Cancellation>(a.order_id ? ['appointment', a.id, 'cancellation', String(a.version)] : null, async (signal) => (await get<Cancellation>(`appointments/${a.id}/cancellation`, { signal })).data);
}

/** As the route takes it; null: the amount is no amount, or there is no reason for it. */
export function givingBody(giving: Giving, cancellation: Cancellation | undefined, reason: string): Record<string, unknown> | null {
  if (!cancellation?.paid_minor || giving.who === 'clinic') return {};
  if (giving.who === 'client') return { for_client: true };
  const minor = parseMoney(giving.amount, cancellation.currency);
  return minor === null || minor > cancellation.paid_minor || !reason ? null : { refund_minor: minor };
}

interface Props {
  readonly query: ReturnType<typeof useCancellation>;
  readonly giving: Giving;
  readonly onGiving: (giving: Giving) => void;
}

export function CancelMoney({ query, giving, onGiving }: Props) {
  const money = (minor: number): string => formatMoney(minor, query.data?.currency ?? 'EUR', session.value?.tenant.locale ?? 'en');
  if (query.error) return <Failed error={query.error} what={t('cancelMoney.what')} onRetry={query.reload} />;
  if (!query.data) return <Loading what={t('cancelMoney.what')} />;
  const { paid_minor: paid, clinic_minor: clinic, client_minor: client, currency, words } = query.data;
  if (!paid) return <p class="muted small">{t('cancelMoney.nothing')}</p>;
  const options: { value: Who; label: string; text?: string }[] = [
    { value: 'clinic', label: t('cancelMoney.clinic', { amount: money(clinic) }) },
    { value: 'client', label: t('cancelMoney.client', { amount: money(client) }), text: words ?? '' },
    ...(can('refunds.write') ? [{ value: 'other' as const, label: t('cancelMoney.other') }] : []),
  ];
  return (
    <>
      <RadioCards label={t('cancelMoney.label', { amount: money(paid) })} value={giving.who} options={options} onChange={(who) => onGiving({ ...giving, who, amount: giving.amount || editMoney(client, currency) })} />
      {giving.who === 'other' ? <TextField label={t('cancelMoney.amount', { currency })} inputMode="decimal" required value={giving.amount} onValue={(amount) => onGiving({ ...giving, amount })} /> : null}
      <p class="muted small">{t('cancelMoney.undo')}</p>
    </>
  );
}
