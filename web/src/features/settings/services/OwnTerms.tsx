/** What goes back when a paid booking of this service is cancelled: the clinic's terms, or its own. */
import { useState } from 'preact/hooks';
import { get, put, remove } from '../../../api/client';
import type { Service } from '../../../api/types';
import { FormFrame } from '../../../app/ui/FormFrame';
import { Failed, Loading } from '../../../app/ui/Page';
import { useDirtyGuard } from '../../../app/ui/useDirtyGuard';
import { setQueryData, invalidate, useQuery } from '../../../lib/query';
import { Button } from '../../../ui/Button';
import { showToast } from '../../../ui/Toast';
import { useForm } from '../../../ui/useForm';
import { mayWrite, withVersion } from '../forms';
import { StepFields, termsForm, useSteps, type KeptTerms } from '../steps';
import { t } from '../text';

export function OwnTerms({ service }: { readonly service: Service }) {
  const key = ['cancellation-terms', service.id] as const;
  const read = useQuery<KeptTerms>(key, async (signal) => (await get<KeptTerms>('cancellation-terms', { query: { service_id: service.id }, signal })).data);
  const [own, setOwn] = useState(false);
  const kept = read.data;
  const back = async (): Promise<void> => {
    try {
      await withVersion(t('terms.title'), () => remove('cancellation-terms', { query: { service_id: service.id }, version: kept?.version ?? 0 }));
      setOwn(false);
      showToast(t('terms.inheritedNow'));
    } catch (error) {
      showToast((error as Error).message, { danger: true });
    }
    invalidate(key);
  };
  return (
    <section class="panel stack" aria-labelledby="own-terms">
      <h2 id="own-terms">{t('terms.title')}</h2>
      {read.error && !kept ? <Failed error={read.error} what={t('terms.title')} onRetry={read.reload} /> : null}
      {!kept && !read.error ? <Loading what={t('terms.title')} rows={2} /> : null}
      {kept ? <p class="muted">{kept.words} {kept.inherited ? <>{t('terms.ofClinic')} <a href="/app/settings/terms">{t('terms.toClinic')}</a></> : t('terms.ofService')}</p> : null}
      {kept && kept.inherited && !own && mayWrite() ? <p><Button onClick={() => setOwn(true)}>{t('terms.own')}</Button></p> : null}
      {kept && (own || !kept.inherited) && mayWrite() ? (
        <OwnForm key={kept.version} service={service} kept={kept} onSaved={(data) => { setOwn(false); setQueryData(key, data); }}
          extra={kept.inherited ? <Button kind="quiet" onClick={() => setOwn(false)}>{t('terms.keepClinic')}</Button> : <Button kind="danger-quiet" size="sm" onClick={() => void back()}>{t('terms.useClinic')}</Button>} />
      ) : null}
    </section>
  );
}

function OwnForm({ service, kept, extra, onSaved }: { readonly service: Service; readonly kept: KeptTerms; readonly extra: preact.ComponentChildren; readonly onSaved: (data: KeptTerms) => void }) {
  const steps = useSteps(kept.terms);
  const { initial, fieldOf, validate, bodyOf } = termsForm(kept.terms, service.currency);
  const form = useForm<Record<string, string>>({
    initial, fieldOf, validate,
    submit: async (v) => {
      const { data } = await withVersion(t('terms.title'), () => put<KeptTerms>('cancellation-terms', bodyOf(v, steps.count), { query: { service_id: service.id }, ...(kept.inherited ? {} : { version: kept.version }) }));
      letGo();
      onSaved(data);
      showToast(t('terms.ownSaved', { name: service.name }));
    },
  });
  const letGo = useDirtyGuard(form.dirty || steps.dirty);
  return (
    <FormFrame form={form} labels={{ no_show: t('terms.noShow'), fee: t('terms.fee', { currency: service.currency }) }} saveLabel={t('terms.saveOwn')} extra={extra}>
      <StepFields form={form} steps={steps} currency={service.currency} />
      <p class="small muted">{t('terms.frozen')}</p>
    </FormFrame>
  );
}
