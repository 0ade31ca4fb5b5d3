import { texts } from '../../app/text';
import en from './en.json';

/** Texts of card payments. */
export const t = texts(en);
