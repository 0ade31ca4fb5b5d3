/**
 * A table: the columns say how a row is shown, sorted and left out on a phone. Wide tables scroll inside their frame, which
 * the keyboard can reach.
 *
 *   <Table caption={t('list.caption')} columns={COLUMNS} rows={rows} rowKey={(row) => row.id} sort={sort} onSort={setSort} />
 */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Icon } from '../../ui/Icon';

export interface Column<T> {
  readonly key: string;
  readonly head: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Figures: to the end of the cell, digits of one width. */
  readonly num?: boolean;
  readonly dim?: boolean;
  readonly nowrap?: boolean;
  /** Left out where the screen is narrow. */
  readonly hideSmall?: boolean;
  /** Where the screen is narrow it is no column: it stands below the first cell of its row. */
  readonly fold?: boolean;
  readonly sortable?: boolean;
}

const phone = window.matchMedia('(max-width: 40rem)');
const narrow = signal(phone.matches);
phone.addEventListener('change', () => { narrow.value = phone.matches; });

/** Sorted by the column `key`, or by "-key" the other way round. */
interface Props<T> {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
  readonly sort?: string;
  readonly onSort?: (sort: string) => void;
  readonly busy?: boolean;
}

const classOf = <T,>(column: Column<T>): string | undefined => [column.num ? 'num' : '', column.dim ? 'cell-dim' : '', column.nowrap ? 'cell-nowrap' : '', column.hideSmall ? 'hide-sm' : ''].filter(Boolean).join(' ') || undefined;

export function Table<T>({ caption, columns: all, rows, rowKey, sort = '', onSort, busy }: Props<T>) {
  const columns = narrow.value ? all.filter((column) => !column.fold) : all;
  const folded = narrow.value ? all.filter((column) => column.fold) : [];
  const ascending = !sort.startsWith('-');
  const by = sort.replace('-', '');
  return (
    <div class="table-wrap" role="region" aria-label={caption} tabIndex={0} aria-busy={busy ? 'true' : undefined}>
      <table class="table">
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" class={classOf(column)} aria-sort={column.sortable && by === column.key ? (ascending ? 'ascending' : 'descending') : undefined}>
                {column.sortable && onSort ? (
                  <button type="button" onClick={() => onSort(by === column.key && ascending ? `-${column.key}` : column.key)}>
                    {column.head}{by === column.key ? <Icon name={ascending ? 'chevron-up' : 'chevron-down'} size="sm" /> : null}
                  </button>
                ) : column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{rows.map((row) => <tr key={rowKey(row)}>{columns.map((column, i) => <td key={column.key} class={classOf(column)}>{column.cell(row)}{i === 0 && folded.length > 0 ? <span class="cell-fold">{folded.map((one) => <span key={one.key} class={one.dim ? 'cell-dim' : undefined}>{one.cell(row)}</span>)}</span> : null}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}
