import { texts } from '../../app/text';
import en from './en.json';

/** Texts of the settings. */
export const t = texts(en);
