import { texts } from '../../app/text';
import en from './en.json';

/** Texts of the outside calendars. */
export const t = texts(en);
