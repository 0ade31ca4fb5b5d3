/** When a session ends, in seconds and in words. Pure. */

export function secondsLeft(idleExpiresAt: string, expiresAt: string, now: number): number {
  return Math.floor((Math.min(Date.parse(idleExpiresAt), Date.parse(expiresAt)) - now) / 1000);
}

export function countdown(seconds: number): string {
  return seconds >= 60 ? `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s` : `${seconds} s`;
}
