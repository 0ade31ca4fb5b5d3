/**
 * Every component of the staff application, for screens: `import { Page, Dialog, TextField } from '../../app/ui'`.
 *
 * src/ui has no words and no session (the booking page uses it too): its labels are properties. src/app/ui has the words.
 *
 * Frame    Page (heading, lead, actions) · Failed, Denied, Loading · Empty, ErrorState, Skeleton, Notice · LinkTabs, PanelTabs
 * Lists    Table (sortable, scrolls by itself) · Pager · class="rows" for lists of records · class="facts" for a few figures
 * Actions  Button · Disclosure (a menu) · Segmented · Dialog · confirm() · showToast(), undoToast() · announce() for screen readers
 * Forms    useForm (values, 422 by field, summary), FormFrame (summary and bar), withVersion, useDirtyGuard · TextField, TextArea,
 *          SelectField, NumberField, DateField, TimeField, ColorField · Check, Chips, RadioCards · WeekdayPicker · Combobox ·
 *          ListEditor (add, remove, reorder rows) · FieldShell and describedBy for a control of your own
 * Signs    Icon · Avatar · Badge · class="dot" with --c for a colour
 *
 * A form in short:
 *
 *   const form = useForm({ initial: { name: row.name }, submit: async (v) => withVersion(t('it'), () => patch(…, { version })) });
 *   const letGo = useDirtyGuard(form.dirty);
 *   <FormFrame form={form} labels={{ name: t('name') }}><TextField {...form.bind('name')} label={t('name')} required /></FormFrame>
 */
export { Combobox, type Option } from './Combobox';
export { confirm } from './Confirm';
export { FormFrame, numberOf, textOrNull, withVersion } from './FormFrame';
export { ListEditor } from './ListEditor';
export { Disclosure } from './Menu';
export { Denied, Failed, Loading, Page, useHeading } from './Page';
export { Pager } from './Pager';
export { Segmented, type Segment } from './Segmented';
export { Table, type Column } from './Table';
export { LinkTabs, PanelTabs, type LinkTab, type PanelTab } from './Tabs';
export { undoToast } from './undo';
export { useDirtyGuard } from './useDirtyGuard';
export { WeekdayPicker, weekdayName, weekOrder, weekStart } from './WeekdayPicker';
export * from '../../ui';
