/** Texts of the parts that are fetched later: the appointment's own page, questions, private links, refusals by a rule. */
import { translator } from '../lib/i18n';
import en from '../locales/booking.more.en.json';
import { speaks } from './text';

export const m = translator(en, 'en');
speaks(m);
