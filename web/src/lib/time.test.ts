import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addDays, addMonths, clockOf, dateIn, dateRange, daysBetween, daysInMonth, endOfMonth, formatDuration, formatTime, instantOf, isPlainDate, minutesOf,
  monthWeeks, offsetMinutes, sameClock, startOfWeek, toInstantText, wallTime, weekdayOf,
} from './time';

test('plain dates', () => {
  assert.equal(addDays('2026-12-31', 1), '2027-01-01');
  assert.equal(addDays('2026-03-29', -1), '2026-03-28');
  assert.equal(addMonths('2026-01-31', 1), '2026-02-28');
  assert.equal(addMonths('2026-01-15', -1), '2025-12-15');
  assert.equal(daysInMonth('2028-02-10'), 29);
  assert.equal(endOfMonth('2026-11-03'), '2026-11-30');
  assert.equal(daysBetween('2026-03-01', '2026-04-01'), 31);
  assert.equal(weekdayOf('2026-11-22'), 7);
  assert.equal(startOfWeek('2026-11-22', 1), '2026-11-16');
  assert.equal(startOfWeek('2026-11-22', 7), '2026-11-22');
  assert.deepEqual(dateRange('2026-02-27', '2026-03-01'), ['2026-02-27', '2026-02-28', '2026-03-01']);
  assert.ok(isPlainDate('2028-02-29'));
  assert.ok(!isPlainDate('2026-02-29'));
  assert.ok(!isPlainDate('2026-2-3'));
});

test('the weeks of a month are whole and cover it', () => {
  for (const weekStart of [1, 6, 7]) {
    for (let month = '2026-01-01'; month < '2029-01-01'; month = addMonths(month, 1)) {
      const weeks = monthWeeks(month, weekStart);
      const days = weeks.flat();
      assert.ok(weeks.every((week) => week.length === 7 && weekdayOf(week[0] as string) === weekStart));
      assert.ok(days.includes(month) && days.includes(endOfMonth(month)));
      assert.ok(weeks.length >= 4 && weeks.length <= 6);
    }
  }
});

test('an instant on the wall of a zone', () => {
  assert.deepEqual(wallTime('2026-11-23T09:00:00Z', 'Europe/Berlin'), { date: '2026-11-23', minutes: 600 });
  assert.deepEqual(wallTime('2026-11-23T23:30:00Z', 'Asia/Tokyo'), { date: '2026-11-24', minutes: 510 });
  assert.deepEqual(wallTime('2026-11-23T00:00:00Z', 'UTC'), { date: '2026-11-23', minutes: 0 });
  assert.equal(dateIn('2026-11-23T03:00:00Z', 'America/New_York'), '2026-11-22');
  assert.equal(offsetMinutes('2026-07-01T00:00:00Z', 'Asia/Kathmandu'), 345);
  assert.equal(offsetMinutes('2026-07-01T00:00:30Z', 'America/St_Johns'), -150);
});

test('the instant of a wall time, also when the clocks change', () => {
  const at = (date: string, clock: string, zone: string): string => toInstantText(instantOf(date, minutesOf(clock), zone));
  assert.equal(at('2026-11-23', '10:00', 'Europe/Berlin'), '2026-11-23T09:00:00Z');
  assert.equal(at('2026-03-29', '02:30', 'Europe/Berlin'), '2026-03-29T01:30:00Z'); /* jumped over: 03:30 summer time */
  assert.equal(at('2026-10-25', '02:30', 'Europe/Berlin'), '2026-10-25T00:30:00Z'); /* twice: the first */
  assert.equal(at('2026-10-25', '03:00', 'Europe/Berlin'), '2026-10-25T02:00:00Z');
  assert.equal(at('2026-10-04', '02:15', 'Australia/Lord_Howe'), '2026-10-03T15:45:00Z');
  assert.equal(at('2026-11-23', '24:00', 'Europe/Berlin'), '2026-11-23T23:00:00Z');
});

test('wall time and instant agree for every hour of two years in many zones', () => {
  for (const zone of ['Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia', 'America/Sao_Paulo', 'Africa/Casablanca']) {
    for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2028, 0, 1); ms += 7 * 3_600_000) {
      const wall = wallTime(ms, zone);
      const back = instantOf(wall.date, wall.minutes, zone);
      assert.deepEqual(wallTime(back, zone), wall, `${zone} ${new Date(ms).toISOString()}`);
      assert.ok(back <= ms);
    }
  }
});

test('what people read', () => {
  assert.equal(formatDuration(45, 'en-US'), '45 min');
  assert.equal(formatDuration(90, 'en-US'), '1 hr 30 min');
  assert.equal(formatDuration(1440, 'en-US'), '24 hr');
  assert.equal(formatDuration(4320, 'en-US'), '3 days');
  assert.equal(formatTime('2026-11-23T09:00:00Z', 'Europe/Berlin', 'de'), '10:00');
  assert.equal(clockOf(545), '09:05');
  assert.ok(Number.isNaN(minutesOf('9.30')));
  assert.ok(sameClock('Europe/Berlin', 'Europe/Paris', '2026-07-01T00:00:00Z'));
  assert.ok(!sameClock('Europe/Berlin', 'Europe/London', '2026-07-01T00:00:00Z'));
});
