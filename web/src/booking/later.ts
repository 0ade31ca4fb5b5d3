/** All that is not needed for choosing a time, in one part (many small ones would cut the first load into pieces): the
 * appointment's own page, the page that stops reminders, the waitlist, questions before the booking, paying from a wallet, private links, refusals by a rule. */
export { Manage } from './Manage';
export { Stop } from './Stop';
export { Paid } from './Paid';
export { Offer } from './Offer';
export { Wait } from './Wait';
export { WaitForm } from './WaitForm';
export { LinkBook } from './LinkBook';
export { answersOf, missing, Questions } from './Questions';
export { Wallet } from './Wallet';
export { inWords } from './rules';
