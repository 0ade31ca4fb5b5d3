/** A section that is a list with one editor per row: the list, the way to a row, archiving with undo. */
import type { ComponentChildren } from 'preact';
import { post, remove } from '../../api/client';
import { confirm } from '../../app/ui/Confirm';
import { Failed, Loading, Page } from '../../app/ui/Page';
import { invalidate, type QueryState } from '../../lib/query';
import { navigate } from '../../lib/router';
import { Icon } from '../../ui/Icon';
import type { IconName } from '../../ui/icons';
import { Empty } from '../../ui/State';
import { showToast } from '../../ui/Toast';
import { Back, mayWrite } from './forms';
import { t } from './text';

interface Row { readonly id: string; readonly name: string; readonly version: number }

interface ListProps<T extends Row> {
  readonly title: string;
  readonly lead: string;
  /** Path of the API and of the section: "services". */
  readonly path: string;
  readonly add: string;
  readonly query: QueryState<T[]>;
  readonly icon: IconName;
  readonly emptyText: string;
  readonly detail: (row: T) => string;
  readonly mark?: (row: T) => ComponentChildren;
  readonly end?: (row: T) => ComponentChildren;
  /** Below the list. */
  readonly after?: ComponentChildren;
}

export function RecordList<T extends Row>({ title, lead, path, add, query, icon, emptyText, detail, mark, end, after }: ListProps<T>) {
  const addLink = mayWrite() ? <a class="btn btn-primary btn-sm" href={`/app/settings/${path}/new`}><Icon name="plus" /> {add}</a> : undefined;
  return (
    <Page narrow title={title} lead={lead} actions={addLink}>
      {query.error && !query.data ? <Failed error={query.error} what={title} onRetry={query.reload} /> : null}
      {!query.data && !query.error ? <Loading what={title.toLowerCase()} /> : null}
      {query.data && query.data.length === 0 ? <Empty icon={icon} title={t('records.nothingHereYet')} text={emptyText}>{mayWrite() ? <a class="btn btn-primary" href={`/app/settings/${path}/new`}>{add}</a> : null}</Empty> : null}
      {query.data && query.data.length > 0 ? (
        <ul class="rows">
          {query.data.map((row) => (
            <li key={row.id}>
              {mark?.(row)}
              <span class="row-text"><a class="row-link" href={`/app/settings/${path}/${row.id}`}>{row.name}</a><span class="muted">{detail(row)}</span></span>
              {end?.(row)}
              <Icon name="chevron-right" size="sm" class="cell-dim" />
            </li>
          ))}
        </ul>
      ) : null}
      {after}
    </Page>
  );
}

interface EditProps<T extends Row> {
  readonly id: string;
  readonly path: string;
  readonly listTitle: string;
  readonly newTitle: string;
  readonly query: QueryState<T[]>;
  /** Whether what else the form needs is there. A form that is made again when it comes would lose what was typed meanwhile. */
  readonly ready?: boolean;
  /** Stands beside the editor where there is room, else below. */
  readonly aside?: (row: T | null) => ComponentChildren;
  readonly children: (row: T | null) => ComponentChildren;
}

/** Finds the row of the address in the list; "new" has none. */
export function RecordEdit<T extends Row>({ id, path, listTitle, newTitle, query, ready = true, aside, children }: EditProps<T>) {
  const back = <Back to={`/app/settings/${path}`} label={listTitle} />;
  const row = id === 'new' ? null : (query.data?.find((r) => r.id === id) ?? null);
  if (!ready || (id !== 'new' && !query.data)) return <Page narrow title={listTitle} before={back}>{query.error ? <Failed error={query.error} what={listTitle} onRetry={query.reload} /> : <Loading what={listTitle.toLowerCase()} />}</Page>;
  if (id !== 'new' && !row) return <Page narrow title={listTitle} before={back}><Empty icon="circle-help" title={t('records.thisEntryWasNot')} text={t('records.itMayHaveBeen')} /></Page>;
  const title = row ? row.name : newTitle;
  if (!aside) return <Page narrow title={title} before={back}>{children(row)}</Page>;
  return <Page title={title} before={back}><div class="beside"><div>{children(row)}</div><div>{aside(row)}</div></div></Page>;
}

export async function archive(path: string, row: Row, consequence: string): Promise<void> {
  if (!(await confirm({ title: t('records.archive', { name: row.name }), text: consequence, yes: t('records.archive2', { name: row.name }), no: t('records.keep') }))) return;
  try {
    await remove(`${path}/${row.id}`, { version: row.version });
    navigate(`/app/settings/${path}`);
    invalidate([path], ['calendar']);
    showToast(t('archivedToast', { name: row.name }), {
      action: { label: t('records.undo'), run: () => void post(`${path}/${row.id}/restore`, {}).then(() => { invalidate([path], ['calendar']); showToast(t('records.isBack', { name: row.name })); }, (error: Error) => showToast(error.message, { danger: true })) },
    });
  } catch (error) {
    showToast(t('records.wasNotArchived', { name: row.name, reason: (error as Error).message }), { danger: true });
  }
}
