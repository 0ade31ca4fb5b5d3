/** Refusals by a rule of the clinic, in the visitor's language. */
import { ApiError } from '../lib/http';
import { m } from './more';
import { whenText } from './Summary';

export function inWords(error: ApiError): ApiError {
  const wallet = error.code === 'INSUFFICIENT_FUNDS' ? m('wallet.changed') : error.fields['wallet.proof'] ? m('wallet.over') : null;
  if (wallet) return new ApiError(error.status, error.code, wallet, {}, error.requestId);
  const { rule, until, limit } = error.details as { rule?: string; until?: string | null; limit?: number };
  const key = `rule.${rule ?? ''}` as 'rule.min_notice';
  const text: string = m(key, { until: until ? whenText(until) : '', count: limit ?? 1 });
  return text === key ? error : new ApiError(error.status, error.code, text, error.details, error.requestId);
}
