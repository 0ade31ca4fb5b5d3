/**
 * The day sheet: what is printed instead of the screen. A page for each provider or chair, with room to write. Ctrl+P prints
 * it too: the browser's beforeprint draws it into a part of the page of its own.
 */
import { render } from 'preact';
import { session } from '../app/session';
import { t } from '../app/text';
import type { CalendarItem, BlockedTime } from '../api/types';
import { formatDate } from '../lib/time';
import { clock, type GridModel } from './model';
import { displayName } from './names';
import { STATUS } from './status';

export interface SheetProps {
  /** Asked for when it is printed: on paper everybody of a group has a line. */
  readonly model: () => GridModel<CalendarItem, BlockedTime>;
  readonly title: string;
  readonly providerName: (id: string) => string;
  readonly resourceName: (id: string) => string;
}

interface Line { readonly key: string; readonly start: number; readonly end: number; readonly item: CalendarItem | null; readonly text: string }
type Content = GridModel<CalendarItem, BlockedTime>['columns'][number];

function linesOf(content: Content): Line[] {
  const items = content.items.map((p) => ({ key: p.item.id, start: p.start, end: p.end, item: p.item, text: '' }));
  const blocked = content.blocked.map((b) => ({ key: b.block.id, start: b.start, end: b.end, item: null, text: b.block.reason ?? t('print.blocked') }));
  return [...items, ...blocked].sort((a, b) => a.start - b.start);
}

function DayTable({ content, ...props }: SheetProps & { readonly content: Content }) {
  const lines = linesOf(content);
  const byProvider = content.column.kind === 'provider';
  const other = (item: CalendarItem): string => (byProvider ? item.resource_ids.map(props.resourceName).join(', ') : props.providerName(item.provider_id));
  return (
    <>
      <h2>{formatDate(content.column.date, 'full', session.value?.tenant.locale)}</h2>
      {lines.length === 0 ? <p>{t('print.none')}</p> : (
        <table>
          <thead><tr><th>{t('print.time')}</th><th>{t('print.client')}</th><th>{t('print.service')}</th><th>{byProvider ? t('print.chair') : t('print.provider')}</th><th>{t('print.status')}</th><th class="print-notes">{t('print.notes')}</th></tr></thead>
          <tbody>
            {lines.map(({ key, start, end, item, text }) => (
              <tr key={key}>
                <td>{clock(start)}–{clock(end)}</td>
                {item ? <><td><strong>{displayName(item)}</strong></td><td>{item.service_name}</td><td>{other(item)}</td><td>{STATUS[item.status].label}</td><td /></> : <td colSpan={5}>{text}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Sheet(props: SheetProps) {
  const subjects = new Map<string, Content[]>();
  for (const content of props.model().columns) subjects.set(content.column.subject.id, [...(subjects.get(content.column.subject.id) ?? []), content]);
  return (
    <>
      {[...subjects].map(([id, contents]) => (
        <section key={id} class="print-page">
          <header><h1>{contents[0]?.column.subject.name}</h1><span>{session.value?.tenant.name} · {props.title}</span></header>
          {contents.map((content) => <DayTable key={content.column.key} {...props} content={content} />)}
        </section>
      ))}
    </>
  );
}

/** Prints `sheet()` whenever the page is printed, until the returned function is called. */
export function printInstead(sheet: () => SheetProps | null): () => void {
  const box = document.createElement('div');
  box.className = 'print-sheet';
  const before = (): void => {
    const props = sheet();
    if (!props) return;
    document.body.append(box);
    render(<Sheet {...props} />, box);
  };
  const after = (): void => {
    render(null, box);
    box.remove();
  };
  window.addEventListener('beforeprint', before);
  window.addEventListener('afterprint', after);
  return () => {
    window.removeEventListener('beforeprint', before);
    window.removeEventListener('afterprint', after);
    after();
  };
}
