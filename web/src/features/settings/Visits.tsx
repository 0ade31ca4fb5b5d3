/** The day at the desk (late, no-show) and visits by video. */
import { get, put } from '../../api/client';
import { Failed, FormFrame, Loading, NumberField, numberOf, Page, showToast, TextField, textOrNull, useDirtyGuard, useForm, withVersion } from '../../app/ui';
import { setQueryData, useQuery } from '../../lib/query';
import type { SectionProps } from './sections';
import { t } from './text';

interface Desk { readonly late_after_min: number | null; readonly no_show_after_min: number | null; readonly version: number }
interface Video { readonly url_template: string | null; readonly opens_before_min: number; readonly closes_after_min: number; readonly version: number }
const DESK = ['flow', 'settings'] as const;
const VIDEO = ['telehealth', 'settings'] as const;

export default function Visits(_: SectionProps) {
  const desk = useQuery<Desk>(DESK, async (signal) => (await get<Desk>('flow/settings', { signal })).data);
  const video = useQuery<Video>(VIDEO, async (signal) => (await get<Video>('telehealth/settings', { signal })).data);
  const error = desk.error ?? video.error;
  return (
    <Page narrow title={t('visits.deskAndVideo')} lead={t('visits.whoIsLateWho')}>
      {error && !(desk.data && video.data) ? <Failed error={error} what={t('visits.theseSettings')} onRetry={() => { desk.reload(); video.reload(); }} /> : null}
      {!error && !(desk.data && video.data) ? <Loading what={t('visits.theSettings')} /> : null}
      {desk.data ? <DeskForm key={`d${desk.data.version}`} row={desk.data} /> : null}
      {video.data ? <VideoForm key={`v${video.data.version}`} row={video.data} /> : null}
    </Page>
  );
}

const textOf = (value: number | null): string => (value === null ? '' : String(value));

function DeskForm({ row }: { readonly row: Desk }) {
  const form = useForm({
    initial: { late: textOf(row.late_after_min), missed: textOf(row.no_show_after_min) },
    submit: async (v) => {
      const { data } = await withVersion(t('visits.theseSettings2'), () => put<Desk>('flow/settings', { late_after_min: numberOf(v.late), no_show_after_min: numberOf(v.missed) }, { version: row.version }));
      letGo();
      setQueryData(DESK, data);
      showToast(t('clinic.saved'));
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  return (
    <FormFrame form={form} labels={{ late: t('visits.lateAfter'), missed: t('visits.noShowAfter') }}>
      <section class="panel stack">
        <h2>{t('visits.theDayAtThe')}</h2>
        <div class="form-row">
          <NumberField {...form.bind('late')} label={t('visits.lateAfter')} hint={t('visits.minutesAfterTheStart')} max={240} />
          <NumberField {...form.bind('missed')} label={t('visits.noShowAfter')} hint={t('visits.minutesAfterTheStart2')} min={1} max={1380} />
        </div>
      </section>
    </FormFrame>
  );
}

function VideoForm({ row }: { readonly row: Video }) {
  const form = useForm({
    initial: { url: row.url_template ?? '', opens: String(row.opens_before_min), closes: String(row.closes_after_min) },
    submit: async (v) => {
      const { data } = await withVersion(t('visits.theseSettings2'), () => put<Video>('telehealth/settings', { url_template: textOrNull(v.url), opens_before_min: numberOf(v.opens) ?? 0, closes_after_min: numberOf(v.closes) ?? 0 }, { version: row.version }));
      letGo();
      setQueryData(VIDEO, data);
      showToast(t('clinic.saved'));
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  return (
    <FormFrame form={form} labels={{ url: t('visits.addressOfARoom'), opens: t('visits.opensBefore'), closes: t('visits.closesAfter') }}>
      <section class="panel stack">
        <h2>{t('visits.visitsByVideo')}</h2>
        <TextField {...form.bind('url')} label={t('visits.addressOfARoom')} optional={t('optional')} placeholder="https://meet.example.org/{room}#userInfo.displayName=%22{name}%22" hint={t('visits.httpsWithAndIf')} />
        <div class="form-row">
          <NumberField {...form.bind('opens')} label={t('visits.opensBefore')} hint={t('clinic.minutesBeforeTheStart')} max={1440} required />
          <NumberField {...form.bind('closes')} label={t('visits.closesAfter')} hint={t('visits.minutesAfterTheEnd')} max={1440} required />
        </div>
      </section>
    </FormFrame>
  );
}
