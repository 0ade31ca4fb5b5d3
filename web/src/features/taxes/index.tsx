/** Tax rates: a section of the settings. */
import { useState } from 'preact/hooks';
import { create, get, post, remove } from '../../api/client';
import type { TaxRate } from '../../api/types';
import { can, session } from '../../app/session';
import { texts } from '../../app/text';
import { Button, Dialog, Empty, Failed, Loading, Notice, Page, showToast, TextField } from '../../app/ui';
import type { ApiError } from '../../lib/http';
import { invalidate, useQuery } from '../../lib/query';
import type { SectionProps } from '../settings/sections';
import en from './en.json';
import { formatRate, parseRate } from './rate';

const t = texts(en);

export default function Taxes(_: SectionProps) {
  const query = useQuery<TaxRate[]>(['tax-rates', false], async (signal) => (await get<TaxRate[]>('tax-rates', { signal })).data);
  const [adding, setAdding] = useState(false);
  const may = can('settings.write');
  const add = may ? <Button kind="primary" size="sm" icon="plus" onClick={() => setAdding(true)}>{t('add')}</Button> : undefined;
  const archive = async (row: TaxRate): Promise<void> => {
    try {
      await remove(`tax-rates/${row.id}`, { version: row.version });
      showToast(t('archived', { name: row.name }), { action: { label: t('undo'), run: () => void post(`tax-rates/${row.id}/restore`, {}).then(() => { invalidate(['tax-rates']); showToast(t('back', { name: row.name })); }, (error: Error) => showToast(error.message, { danger: true })) } });
    } catch (error) {
      showToast((error as Error).message, { danger: true });
    }
    invalidate(['tax-rates']);
  };
  return (
    <Page narrow title={t('title')} lead={t('lead')} actions={query.data?.length ? add : undefined}>
      {query.error && !query.data ? <Failed error={query.error} what={t('title')} onRetry={query.reload} /> : null}
      {!query.data && !query.error ? <Loading what={t('title')} rows={3} /> : null}
      {query.data?.length === 0 ? <Empty icon="list" title={t('empty')} text={t('emptyText')}>{add}</Empty> : null}
      {query.data?.length ? (
        <ul class="rows">
          {query.data.map((row) => (
            <li key={row.id}>
              <span class="row-text"><span>{row.name}</span><span class="muted">{formatRate(row.ppm, session.value?.tenant.locale)}</span></span>
              {may ? <Button size="sm" kind="danger-quiet" aria-label={`${t('archive')}: ${row.name}`} onClick={() => void archive(row)}>{t('archive')}</Button> : null}
            </li>
          ))}
        </ul>
      ) : null}
      {adding ? <NewRate onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}

function NewRate({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [rate, setRate] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const ppm = parseRate(rate);
  const make = async (): Promise<void> => {
    setTried(true);
    if (busy || !name.trim() || ppm === null) return;
    setBusy(true);
    try {
      await create<TaxRate>('tax-rates', { name: name.trim(), ppm });
      invalidate(['tax-rates']);
      showToast(t('created', { name: name.trim() }));
      onClose();
    } catch (error) {
      setFailure(error as ApiError);
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('add')} closeLabel={t('close')} onClose={onClose} foot={<><Button class="foot-start" onClick={onClose}>{t('cancel')}</Button><Button kind="primary" type="submit" form="new-rate" busy={busy}>{t('add')}</Button></>}>
      <form id="new-rate" class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void make(); }}>
        {failure ? <Notice tone="danger" live><p>{failure.message}</p></Notice> : null}
        <TextField label={t('name')} hint={t('name.hint')} autoFocus required maxLength={60} value={name} error={tried && !name.trim() ? t('nameWanted') : null} onValue={setName} />
        <TextField label={t('rate')} inputMode="decimal" required value={rate} error={tried && ppm === null ? t('rateWanted') : null} onValue={setRate} />
      </form>
    </Dialog>
  );
}
