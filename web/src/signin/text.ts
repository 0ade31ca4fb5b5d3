import { translator } from '../lib/i18n';
import en from '../locales/signin.en.json';

export const t = translator(en, 'en');
