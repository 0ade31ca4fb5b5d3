/* The front desk's calendar: appointments made through the API on a quiet day, found and handled in the browser. */
import { apiData, expect } from './fixtures.mjs';

/** A day of the demo clinic's calendar: while it is past midnight there, another one than in UTC. */
export const clinicDay = (days = 0) => new Date(Date.now() + days * 86_400_000).toLocaleDateString('sv-SE', { timeZone: 'Europe/Bucharest' });

let services;

/** A service that needs no room or device, so that only people can be in the way. */
async function plainService(request) {
  services ??= await apiData(request, 'GET', 'services?limit=200');
  return services.find((one) => one.resource_kind === null && one.duration_min >= 30 && one.provider_ids.length > 1) ?? services[0];
}

/**
 * A provider's working day some weeks ahead on which nothing is booked yet, as the slots the server offers:
 * { date, provider, service, starts: [instants] }. Each call gives another day, in each worker another week. Who books beyond that
 * week takes a provider of its own (nth).
 */
const WORKERS = 2;
let weeks = 3 + Number(process.env.TEST_PARALLEL_INDEX ?? 0);
export async function quietDay(request, nth = 0) {
  const service = await plainService(request);
  const provider = service.provider_ids[nth];
  for (; weeks < 100; weeks += WORKERS) {
    const from = clinicDay(weeks * 7);
    const to = clinicDay(weeks * 7 + 6);
    const slots = await apiData(request, 'GET', `calendar/slots?service_id=${service.id}&provider_id=${provider}&from=${from}&to=${to}`);
    const days = new Map();
    for (const slot of slots) days.set(slot.start.slice(0, 10), [...(days.get(slot.start.slice(0, 10)) ?? []), slot.start]);
    const best = [...days].sort((a, b) => b[1].length - a[1].length)[0];
    if (best && best[1].length >= 8) {
      weeks += WORKERS;
      return { date: best[0], provider, service, starts: best[1] };
    }
  }
  throw new Error('no quiet day in the next hundred weeks');
}

/** Somebody with an appointment; the name is a new one, so that a spec finds its own card. */
export async function appoint(request, day, name, start) {
  const client = await apiData(request, 'POST', 'clients', { name, email: `${name.toLowerCase().replace(/[^a-z]+/g, '.')}@example.org` });
  return apiData(request, 'POST', 'appointments', { client_id: client.id, service_id: day.service.id, provider_id: day.provider, start });
}

export const appointment = (request, id) => apiData(request, 'GET', `appointments/${id}`);

export async function openDay(page, date) {
  await page.goto(`/app/calendar?view=day&date=${date}`);
  await expect(page.locator('.cal-scroll')).toHaveAttribute('aria-busy', 'false');
}

/** The card of a person in the grid (not the small button beside it). */
export const card = (page, name) => page.getByRole('button', { name: new RegExp(`^${name}, `) });

/** Takes a card with the mouse and lets go `minutes` later in the day. */
export async function dragBy(page, name, minutes, length) {
  const handle = card(page, name);
  await handle.hover({ trial: true }); /* in view, and standing still */
  const box = await handle.boundingBox();
  const x = box.x + box.width / 2;
  const y = box.y + Math.min(12, box.height / 3);
  await page.mouse.move(x, y);
  await page.mouse.down();
  const distance = (box.height / length) * minutes;
  await page.mouse.move(x, y + Math.sign(distance) * 8);
  await page.mouse.move(x, y + distance, { steps: 12 });
  await page.mouse.up();
}

/** The note at the edge of the screen, by what it says. */
export const toast = (page, text) => page.locator('.toasts').getByText(text);
