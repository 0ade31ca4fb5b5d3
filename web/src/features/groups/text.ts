import { texts } from '../../app/text';
import en from './en.json';

/** Texts of group sessions. */
export const t = texts(en);
