/** Words, money and days of these screens; and an act that tells how it went. */
import type { Client } from '../../api/types';
import { get } from '../../api/client';
import { session } from '../../app/session';
import { texts } from '../../app/text';
import { showToast, type Option } from '../../app/ui';
import { formatMoney } from '../../lib/money';
import { invalidate } from '../../lib/query';
import { formatDate } from '../../lib/time';
import en from './en.json';

export const t = texts(en);
export const locale = (): string | undefined => session.value?.tenant.locale;
export const currency = (): string => session.value?.tenant.currency ?? 'EUR';
export const money = (minor: number, unit: string = currency()): string => (unit === 'visits' ? t('visits', { count: minor }) : formatMoney(minor, unit, locale()));
export const day = (date: string | null): string => (date ? formatDate(date, 'dated', locale()) : '–');

export async function run(work: () => Promise<unknown>, done: string): Promise<boolean> {
  let good = true;
  try {
    await work();
    showToast(done);
  } catch (error) {
    good = false;
    showToast((error as Error).message, { danger: true });
  }
  invalidate(['wallets'], ['benefits'], ['claims']);
  return good;
}

export async function findClients(text: string, signal: AbortSignal): Promise<readonly Option[]> {
  const { data } = await get<Client[]>('clients', { query: { q: text, limit: 8 }, signal });
  return data.map((c) => ({ id: c.id, label: c.name, detail: c.phone ?? c.email }));
}
