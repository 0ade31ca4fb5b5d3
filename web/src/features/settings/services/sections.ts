/** The sections of the service editor, in their order. */
import { about } from './About';
import { approval } from './Approval';
import { booking } from './Booking';
import { limits } from './Limits';
import { needs } from './Needs';
import { pay } from './Pay';
import type { ServiceSection } from './section';
import { time } from './Time';
import { who } from './Who';

export const SECTIONS: readonly ServiceSection[] = [about, pay, time, who, needs, booking, approval, limits];
