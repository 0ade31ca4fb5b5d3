/** Pages of a list; the number of the page is in the address. */
import type { Pagination } from '../../lib/http';
import { setQuery } from '../../lib/router';
import { Button } from '../../ui/Button';
import { t } from '../text';

export function Pager({ pagination }: { readonly pagination: Pagination }) {
  const { page, limit, total, pages } = pagination;
  if (pages <= 1) return null;
  const first = (page - 1) * limit + 1;
  return (
    <nav class="pager" aria-label={t('pager.pages')}>
      <span class="num">{first}–{Math.min(total, page * limit)} {t('pager.of')}{' '}{total}</span>
      <Button size="sm" icon="chevron-left" aria-label={t('pager.previousPage')} disabled={page <= 1} onClick={() => setQuery({ page: page === 2 ? null : String(page - 1) }, { replace: false })} />
      <Button size="sm" icon="chevron-right" aria-label={t('pager.nextPage')} disabled={page >= pages} onClick={() => setQuery({ page: String(page + 1) }, { replace: false })} />
    </nav>
  );
}
