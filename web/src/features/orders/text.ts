/** Texts of orders and payments, and how amounts and states are shown. */
import { session, zone } from '../../app/session';
import { texts } from '../../app/text';
import { formatMoney } from '../../lib/money';
import { invalidate } from '../../lib/query';
import { formatDateTime } from '../../lib/time';
import type { BadgeTone } from '../../ui/Badge';
import en from './en.json';
import type { Standing } from './types';

export const t = texts(en);
export const money = (minor: number, currency: string): string => formatMoney(minor, currency, session.value?.tenant.locale);
export const when = (instant: string): string => formatDateTime(instant, zone.value, session.value?.tenant.locale);
export const TONES: Readonly<Record<Standing, BadgeTone>> = { unpaid: 'warn', part_paid: 'warn', paid: 'ok', part_refunded: 'info', refunded: 'plain', cancelled: 'plain', expired: 'plain' };

/** After a change of money nothing that shows a balance stays as it was. */
export function refresh(): void {
  invalidate(['orders'], ['order'], ['payments'], ['refunds'], ['appointment'], ['calendar'], ['tills'], ['ledger']);
}
