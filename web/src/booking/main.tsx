import { render, type ComponentChild } from 'preact';
import { match } from '../lib/router';
import { Empty } from '../ui/State';
import { Book, Flow } from './Book';
import { Shell } from './Shell';
import { loadLanguage, t } from './text';

/** A component of its own: its texts are chosen when it is drawn, after the language has come. */
function NotFound() {
  return <Shell clinic={null} bare><Empty level={1} icon="calendar-x" title={t('notfound.title')} text={t('notfound.text')} /></Shell>;
}

async function page(path: string): Promise<ComponentChild> {
  const book = match('/book/:slug', path);
  if (book) return <Book slug={book['slug'] as string} />;
  const manage = match('/b/:token', path);
  if (manage) {
    const { Manage } = await import('./later');
    return <Manage token={manage['token'] as string} />;
  }
  const stop = match('/u/:token', path);
  if (stop) {
    const { Stop } = await import('./later');
    return <Stop token={stop['token'] as string} />;
  }
  const paid = match('/p/:token', path);
  if (paid) {
    const { Paid } = await import('./later');
    return <Paid token={paid['token'] as string} />;
  }
  const offer = match('/o/:token', path);
  if (offer) {
    const { Offer } = await import('./later');
    return <Offer token={offer['token'] as string} />;
  }
  const wait = match('/w/:token', path);
  if (wait) {
    const { Wait } = await import('./later');
    return <Wait token={wait['token'] as string} />;
  }
  const link = match('/l/:token', path);
  if (link) {
    const { LinkBook } = await import('./later');
    return <LinkBook token={link['token'] as string} Flow={Flow} />;
  }
  return <NotFound />;
}

async function start(): Promise<void> {
  const [content] = await Promise.all([page(window.location.pathname), loadLanguage()]);
  const root = document.getElementById('root') as HTMLElement;
  root.replaceChildren();
  render(content, root);
}

void start();
