import { texts } from '../../app/text';
import en from './en.json';

export const t = texts(en);
