/**
 * get/post/… with types; a module of the application names its own paths:
 *
 *   const { data, meta } = await get<Client[]>('clients', { query: { q, page } });
 *   await post<Appointment>(`appointments/${id}/move`, { start }, { version });
 *   await create<Client>('clients', values);            // with an Idempotency-Key
 */
import { newKey, request, type Reply, type RequestOptions } from '../lib/http';

type Options = Omit<RequestOptions, 'body'>;

export const get = <T>(path: string, options: Options = {}): Promise<Reply<T>> => request<T>('GET', path, options);
export const post = <T>(path: string, body?: unknown, options: Options = {}): Promise<Reply<T>> => request<T>('POST', path, { ...options, body });
export const put = <T>(path: string, body: unknown, options: Options = {}): Promise<Reply<T>> => request<T>('PUT', path, { ...options, body });
export const patch = <T>(path: string, body: unknown, options: Options = {}): Promise<Reply<T>> => request<T>('PATCH', path, { ...options, body });
export const remove = <T = void>(path: string, options: Options = {}): Promise<Reply<T>> => request<T>('DELETE', path, options);
/** A POST that creates: a repeated press or a repeated request makes one row. */
export const create = <T>(path: string, body: unknown, options: Options = {}): Promise<Reply<T>> =>
  request<T>('POST', path, { idempotencyKey: newKey(), ...options, body });
