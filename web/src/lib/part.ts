/** Lazy parts of a page. The build writes withStyle() around the import() of a part that has style sheets of its own. */

/** The part, when its style sheets are there too: nothing is shown without its styles. */
export async function withStyle<T>(part: Promise<T>, hrefs: readonly string[]): Promise<T> {
  const [loaded] = await Promise.all([part, ...hrefs.map(attachStyle)]);
  return loaded;
}

function attachStyle(href: string): Promise<void> {
  const known = document.querySelector<HTMLLinkElement>(`link[rel="stylesheet"][href="${href}"]`);
  if (known && known.dataset['state'] !== 'loading') return Promise.resolve();
  const link = known ?? document.createElement('link');
  return new Promise((resolve, reject) => {
    link.addEventListener('load', () => {
      delete link.dataset['state'];
      resolve();
    });
    link.addEventListener('error', () => {
      link.remove();
      reject(new Error(`${href} could not be loaded`));
    });
    if (known) return;
    link.rel = 'stylesheet';
    link.href = href;
    link.dataset['state'] = 'loading';
    document.head.append(link);
  });
}
