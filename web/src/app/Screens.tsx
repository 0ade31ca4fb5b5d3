/** Chooses among the screens of one part by the address below its own: [['', List], ['new', New], [':id', One]]. */
import type { ComponentType } from 'preact';
import { match } from '../lib/router';
import { Empty } from '../ui/State';
import { t } from './text';
import { Page } from './ui/Page';

export interface ParamsProps { readonly params: Record<string, string> }
export type ScreenList = readonly (readonly [pattern: string, Screen: ComponentType<ParamsProps>])[];

export function Screens({ rest, list }: { readonly rest: string; readonly list: ScreenList }) {
  for (const [pattern, Screen] of list) {
    const params = match(pattern, rest);
    if (params) return <Screen params={params} />;
  }
  return <NotFound />;
}

export function NotFound() {
  return (
    <Page title={t('page.notFound')}>
      <Empty icon="circle-help" title={t('page.notFoundTitle')} text={t('page.notFoundText')}><a class="btn btn-primary" href="/app/calendar">{t('page.toCalendar')}</a></Empty>
    </Page>
  );
}
