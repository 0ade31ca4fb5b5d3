/**
 * Every component of the staff application, for screens: `import { Page, Dialog, TextField } from '../../app/ui'`.
 *
 * src/ui has no words and no session (the booking page uses it too): its labels are properties. src/app/ui has the words.
 *
 * Frame      Page (heading, lead, actions), Failed, Denied, Loading, Empty, ErrorState, Skeleton, Notice, Pager
 * Actions    Button, Disclosure (a menu), Segmented, confirm(), showToast() with Undo, announce() for screen readers
 * Forms      useForm (values, 422 by field, summary), ErrorSummary, TextField, TextArea, SelectField, FieldShell, Combobox
 * Signs      Icon, Avatar
 */
export { Combobox, type Option } from './Combobox';
export { confirm } from './Confirm';
export { Disclosure } from './Menu';
export { Denied, Failed, Loading, Page, useHeading } from './Page';
export { Segmented, type Segment } from './Segmented';
export * from '../../ui';
