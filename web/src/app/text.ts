/**
 * Texts of the staff application. The frame, the calendar and the components take theirs from locales/en.json; a screen has
 * its own catalogue beside it, loaded with it:
 *
 *   import en from './en.json';
 *   const t = texts(en);
 *   t('list.count', { count: 3 })
 */
import en from '../locales/en.json';
import { spellWith, translator, type Catalogue, type Translator } from '../lib/i18n';
import { PSEUDO, pseudo } from '../lib/pseudo';

if (typeof localStorage !== 'undefined' && localStorage.getItem('clinicd.language') === PSEUDO) spellWith(pseudo);

export function texts<C extends Catalogue>(catalogue: C): Translator<keyof C & string> {
  return translator(catalogue, 'en');
}

export const t = texts(en);
