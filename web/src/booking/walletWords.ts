/** Why a part of a wallet pays as much as it does. */
import type { WalletPart } from '../api/types';
import { m } from './more';

export function walletWords(part: WalletPart, price: (minor: number) => string): string {
  const words: string[] = [];
  if (part.coverage_ppm !== null && part.coverage_ppm < 1_000_000) {
    const percent = Math.round(part.coverage_ppm / 1000) / 10;
    words.push(part.copay_minor ? m('wallet.part.over', { percent, copay: price(part.copay_minor) }) : m('wallet.part.percent', { percent }));
  } else if (part.copay_minor) words.push(m('wallet.part.copay', { copay: price(part.copay_minor) }));
  words.push(m('wallet.part.left', { left: price(part.available_minor) }));
  if (part.limit_left_minor !== null && part.limit_left_minor < part.available_minor) words.push(m('wallet.part.family', { left: price(part.limit_left_minor) }));
  return words.join(' · ');
}
