/** Which columns the calendar has, and in what order; kept in the address. */
import { useProviders, useResources } from '../app/data';
import { t } from '../app/text';
import { address, setQuery } from '../lib/router';
import { announce } from '../ui/Announcer';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { arranging } from './open';
import { ordered, readView } from './view';

interface Named { readonly id: string; readonly name: string }

export function ColumnsHost() {
  return arranging.value ? <ColumnsDialog /> : null;
}

function ColumnsDialog() {
  const view = readView(address.value.query, '', false);
  const providers = useProviders().data ?? [];
  const resources = useResources().data ?? [];
  const list: readonly Named[] = ordered<Named>(view.by === 'provider' ? providers : resources, view.order);
  const close = (): void => { arranging.value = false; };
  const swap = (index: number, by: 1 | -1): void => {
    const ids = list.map((one) => one.id);
    [ids[index], ids[index + by]] = [ids[index + by] ?? '', ids[index] ?? ''];
    setQuery({ order: ids.join(',') });
    announce(t('list.moved', { name: list[index]?.name ?? '', place: index + by + 1 }));
  };
  const toggle = (id: string): void => {
    const next = new Set(view.hidden);
    if (!next.delete(id)) next.add(id);
    setQuery({ hide: next.size > 0 ? [...next].join(',') : null });
  };
  return (
    <Dialog
      title={t('columns')}
      closeLabel={t('dialog.close')}
      onClose={close}
      foot={
        <>
          <Button kind="quiet" onClick={() => setQuery({ hide: null, order: null })}>{t('columns.reset')}</Button>
          <Button kind="primary" onClick={close}>{t('columns.done')}</Button>
        </>
      }
    >
      <ul class="rows">
        {list.map((one, index) => (
          <li key={one.id}>
            <label class="check row-text"><input type="checkbox" checked={!view.hidden.has(one.id)} onChange={() => toggle(one.id)} /> <span>{one.name}</span></label>
            <Button kind="quiet" size="sm" icon="chevron-up" aria-label={t('list.up', { name: one.name })} disabled={index === 0} onClick={() => swap(index, -1)} />
            <Button kind="quiet" size="sm" icon="chevron-down" aria-label={t('list.down', { name: one.name })} disabled={index === list.length - 1} onClick={() => swap(index, 1)} />
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
