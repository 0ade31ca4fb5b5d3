/** Keys of the query cache and the lists that every screen needs. */
import { get } from '../api/client';
import type { CalendarMonth, CalendarRange, Location, Provider, Resource, Service, Tenant } from '../api/types';
import { peekQuery, useQuery, type QueryState } from '../lib/query';
import { zone } from './session';
import { mergeMonths } from '../calendar/months';

export const q = {
  calendar: (from: string, to: string) => ['calendar', from, to] as const,
  appointment: (id: string) => ['appointment', id] as const,
  appointments: (clientId: string, page: number) => ['appointments', clientId, page] as const,
  clients: (...filter: (string | number)[]) => ['clients', ...filter] as const,
  client: (id: string) => ['client', id] as const,
  hours: (id: string) => ['hours', id] as const,
  audit: (...filter: (string | number)[]) => ['audit', ...filter] as const,
};

/** Days of a month with their numbers: of all, or of some providers, who are asked for one by one and put together. */
export const useMonth = (from: string, to: string, providers: readonly string[] | null, location: string | null): QueryState<CalendarMonth> =>
  useQuery(['month', from, to, providers?.join() ?? '', location], async (signal) => {
    const of = async (provider: string | null): Promise<CalendarMonth> => (await get<CalendarMonth>('calendar/month', { query: { from, to, provider_id: provider, location_id: location }, signal })).data;
    return providers ? mergeMonths(await Promise.all(providers.map(of))) : of(null);
  });

export const useProviders = (): QueryState<Provider[]> => useQuery(['providers'], async (signal) => byPosition((await get<Provider[]>('providers', { signal })).data));
export const useServices = (): QueryState<Service[]> => useQuery(['services'], async (signal) => byPosition((await get<Service[]>('services', { signal })).data));
export const useLocations = (): QueryState<Location[]> => useQuery(['locations'], async (signal) => (await get<Location[]>('locations', { signal })).data.filter((l) => !l.archived));
export const useResources = (): QueryState<Resource[]> => useQuery(['resources'], async (signal) => (await get<Resource[]>('resources', { signal })).data.filter((r) => !r.archived));
export const useTenant = (): QueryState<Tenant> => useQuery(['tenant'], async (signal) => (await get<Tenant>('tenant', { signal })).data);
export const useCalendar = (from: string, to: string, wanted = true): QueryState<CalendarRange> =>
  useQuery(wanted ? q.calendar(from, to) : null, async (signal) => (await get<CalendarRange>('calendar', { query: { from, to }, signal })).data);

/** The zone of a place; the clinic's where no place is named, or the list is not there yet. */
export function zoneAt(locationId: string | null | undefined): string {
  return (locationId && peekQuery<Location[]>(['locations'])?.find((l) => l.id === locationId)?.time_zone) || zone.value;
}

function byPosition<T extends { readonly position: number; readonly name: string; readonly archived: boolean }>(list: readonly T[]): T[] {
  return list.filter((item) => !item.archived).sort((a, b) => a.position - b.position || a.name.localeCompare(b.name));
}
