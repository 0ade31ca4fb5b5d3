import { texts } from '../../app/text';
import en from './en.json';

/** Texts of documents. */
export const t = texts(en);
