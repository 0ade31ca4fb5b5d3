/** Who did what: one row each, changes as before and after. Everything is shown as text. */
import type { AuditRow } from '../../api/types';
import { session, zone } from '../../app/session';
import { formatDateTime } from '../../lib/time';
import { Icon } from '../../ui/Icon';
import { t } from './text';

export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'empty';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function fieldText(name: string): string {
  const words = name.replace(/_id$/, '').replace(/_/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function AuditTable({ rows }: { readonly rows: readonly AuditRow[] }) {
  return (
    <div class="table-wrap" role="region" aria-label={t('auditTable.entries')} tabIndex={0}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t('auditTable.when')}</th>
            <th scope="col">{t('auditTable.who')}</th>
            <th scope="col">{t('auditTable.what')}</th>
            <th scope="col">{t('auditTable.changes')}</th>
            <th scope="col" class="hide-sm">{t('auditTable.from')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td class="cell-nowrap cell-dim"><time dateTime={row.at}>{formatDateTime(row.at, zone.value, session.value?.tenant.locale)}</time></td>
              <td class="cell-nowrap">{row.actor_name || row.actor_kind}</td>
              <td class="cell-nowrap">
                {row.warning ? <span class="audit-warning"><Icon name="triangle-alert" size="sm" class="icon-inline" label={t('auditTable.warning')} /> </span> : null}
                {fieldText(row.action.replace(/\./g, ' '))} <span class="cell-dim">{row.entity}</span>
              </td>
              <td><Changes changes={row.changes} /></td>
              <td class="cell-dim hide-sm" title={row.request_id ? t('auditTable.request', { requestId: row.request_id }) : undefined}>{row.address}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Changes({ changes }: { readonly changes: AuditRow['changes'] }) {
  const entries = Object.entries(changes ?? {});
  if (entries.length === 0) return <span class="cell-dim">–</span>;
  return (
    <ul class="diff">
      {entries.map(([name, pair]) => {
        const [before, after] = Array.isArray(pair) ? pair : [null, pair];
        return <li key={name}><strong>{fieldText(name)}</strong> <del>{valueText(before)}</del> → <ins>{valueText(after)}</ins></li>;
      })}
    </ul>
  );
}
