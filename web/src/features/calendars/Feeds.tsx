/** The feeds of one provider, resource or client: make, replace, revoke. An address is shown once. */
import { useState } from 'preact/hooks';
import { create, post, remove } from '../../api/client';
import { can, session, zone } from '../../app/session';
import { Button, confirm, Dialog, Failed, Icon, Loading, SelectField, showToast, TextField } from '../../app/ui';
import { invalidate } from '../../lib/query';
import { formatDateTime } from '../../lib/time';
import { DETAILS, useFeeds, type Detail, type Feed, type FeedKind, type FeedMade } from './api';
import { t } from './text';

const when = (feed: Feed): string => formatDateTime(feed.created_at, zone.value, session.value?.tenant.locale);

function complain(error: unknown): void {
  showToast(t('google.failed', { reason: (error as Error).message }), { danger: true });
}

export function Feeds({ kind, subject }: { readonly kind: FeedKind; readonly subject: string }) {
  const query = useFeeds(subject);
  const [detail, setDetail] = useState<Detail>('initials');
  const [busy, setBusy] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const may = can('schedule.write');

  const make = async (): Promise<void> => {
    setBusy(true);
    try {
      const { data } = await create<FeedMade>('feeds', { kind, subject_id: subject, detail });
      invalidate(['feeds']);
      setSecret(data.url);
    } catch (error) {
      complain(error);
    } finally {
      setBusy(false);
    }
  };
  const replace = async (feed: Feed): Promise<void> => {
    if (!(await confirm({ title: t('feeds.askNew'), text: t('feeds.askNewText'), yes: t('feeds.yesNew'), no: t('feeds.no') }))) return;
    try {
      const { data } = await post<FeedMade>(`feeds/${feed.id}/rotate`, {}, { version: feed.version });
      invalidate(['feeds']);
      setSecret(data.url);
    } catch (error) {
      complain(error);
    }
  };
  const revoke = async (feed: Feed): Promise<void> => {
    if (!(await confirm({ title: t('feeds.ask'), text: t('feeds.askText'), yes: t('feeds.yes'), no: t('feeds.no') }))) return;
    try {
      await remove(`feeds/${feed.id}`);
      invalidate(['feeds']);
      showToast(t('feeds.revoked'));
    } catch (error) {
      complain(error);
    }
  };

  return (
    <section class="panel feeds">
      <h2>{t('feeds.title')}</h2>
      <p class="muted">{kind === 'client' ? t('feeds.leadClient') : t('feeds.lead')}</p>
      {query.error && !query.data ? <Failed error={query.error} what={t('feeds.title')} onRetry={query.reload} /> : null}
      {!query.data && !query.error ? <Loading what={t('feeds.title')} rows={2} /> : null}
      {query.data && query.data.length === 0 ? <p class="feeds-none">{t('feeds.none')}</p> : null}
      {query.data && query.data.length > 0 ? (
        <ul class="rows">
          {query.data.map((feed) => (
            <li key={feed.id}>
              <Icon name="link" />
              <span class="row-text"><span>{t(`detail.${feed.detail}`)}</span><span class="muted">{t('feeds.made', { date: when(feed) })}</span></span>
              {may ? (
                <span class="feeds-do">
                  <Button size="sm" aria-label={t('feeds.newLabel', { date: when(feed) })} onClick={() => void replace(feed)}>{t('feeds.new')}</Button>
                  <Button size="sm" kind="danger-quiet" aria-label={t('feeds.revokeLabel', { date: when(feed) })} onClick={() => void revoke(feed)}>{t('feeds.revoke')}</Button>
                </span>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      {may ? (
        <form class="feeds-new" onSubmit={(event) => { event.preventDefault(); if (!busy) void make(); }}>
          <DetailField label={t('feeds.detail')} value={detail} onValue={setDetail} />
          <Button type="submit" icon="plus" busy={busy}>{t('feeds.add')}</Button>
        </form>
      ) : null}
      {secret !== null ? <Secret url={secret} onClose={() => setSecret(null)} /> : null}
    </section>
  );
}

export function DetailField({ label, value, onValue }: { readonly label: string; readonly value: Detail; readonly onValue: (value: Detail) => void }) {
  return (
    <SelectField label={label} value={value} onValue={(next) => onValue(next as Detail)}>
      {DETAILS.map((one) => <option key={one} value={one}>{t(`detail.${one}`)}</option>)}
    </SelectField>
  );
}

function Secret({ url, onClose }: { readonly url: string; readonly onClose: () => void }) {
  const copy = async (): Promise<void> => {
    const field = document.querySelector<HTMLInputElement>('#feed-url');
    field?.select();
    try {
      await navigator.clipboard.writeText(url);
      showToast(t('feeds.copied'));
    } catch {
      field?.focus(); /* what is selected can be copied by hand */
    }
  };
  return (
    <Dialog title={t('feeds.secret')} closeLabel={t('close')} onClose={onClose} foot={<><Button onClick={onClose}>{t('feeds.done')}</Button><Button kind="primary" icon="copy" onClick={() => void copy()}>{t('feeds.copy')}</Button></>}>
      <div class="stack">
        <p>{t('feeds.secretText')}</p>
        <TextField id="feed-url" label={t('feeds.secret')} value={url} onValue={() => undefined} readOnly />
      </div>
    </Dialog>
  );
}
