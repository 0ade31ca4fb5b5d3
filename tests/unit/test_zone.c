/* test_zone.c - our zone reader against an independent one: python3's zoneinfo, over the same tzdata. Every change
 * of the clock from 1970 to 2100 in the zones below is looked at from both sides; and what zoneinfo cannot tell
 * (malformed files, unsafe names, threads) is tested by hand. Without python3 the test fails. */
#include "core/base/base.h"
#include "tests/lib/test.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static const char oracle[] =
    "import bisect, sys\n"
    "from datetime import datetime, timedelta, timezone\n"
    "from zoneinfo import ZoneInfo\n"
    "EPOCH = datetime(1970, 1, 1)\n"
    "UTC = timezone.utc\n"
    "EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)\n"
    "def at(z, t): return (EPOCH_UTC + timedelta(seconds=t)).astimezone(z)\n"
    "def off(z, t): return int(at(z, t).utcoffset().total_seconds())\n"
    "def state(z, t):\n"
    "    d = at(z, t)\n"
    "    return (d.utcoffset(), d.tzname())\n"
    "def changes(z, first, last, step):\n"
    "    was = state(z, first)\n"
    "    for t in range(first + step, last, step):\n"
    "        now = state(z, t)\n"
    "        if now == was: continue\n"
    "        low, high = t - step, t\n"
    "        while high - low > 1:\n"
    "            mid = (low + high) // 2\n"
    "            if state(z, mid) == was: low = mid\n"
    "            else: high = mid\n"
    "        yield high\n"
    "        was = now\n"
    "def utc(z, t):\n"
    "    d = at(z, t)\n"
    "    print('U', t, int(d.utcoffset().total_seconds()), d.tzname())\n"
    "def wall(z, l):\n"
    "    naive = EPOCH + timedelta(seconds=l)\n"
    "    a, b = [l - int(naive.replace(tzinfo=z, fold=f).utcoffset().total_seconds()) for f in (0, 1)]\n"
    "    kind = 0 if a == b else 2 if a + off(z, a) == l else 1\n"
    "    print('W', l, kind, a, a if kind == 1 else b)\n"
    "def midnight(z, date):\n"
    "    l = date * 86400\n"
    "    t = l - 27 * 3600\n"
    "    while t + off(z, t) < l: t += 1800\n"
    "    low, high = t - 1800, t\n"
    "    while high - low > 1:\n"
    "        mid = (low + high) // 2\n"
    "        if mid + off(z, mid) < l: low = mid\n"
    "        else: high = mid\n"
    "    print('M', date, high)\n"
    "def zone(name):\n"
    "    z = ZoneInfo(name)\n"
    "    print('Z', name)\n"
    "    for y in (1971, 2025, 2037, 2038, 2099, 2100, 2150, 2199, 2399, 2400, 2437, 2438, 2500, 3999):\n"
    "        for m in (1, 2, 3, 4, 7, 10, 12):\n"
    "            t = int((datetime(y, m, 1, tzinfo=UTC) - EPOCH_UTC).total_seconds())\n"
    "            for d in (0, -1, 86399): utc(z, t + d); wall(z, t + d)\n"
    "            if m in (4, 10): midnight(z, t // 86400)\n"
    "    spans = [(0, 4102444800), (5679590400, 5742662400), (14800000000, 14863072000)]\n"
    "    for first, last in spans:\n"
    "        for t in changes(z, first, last, 3 * 86400):\n"
    "            for d in (-1800, -1, 0, 1, 1800): utc(z, t + d)\n"
    "            before, after = t + off(z, t - 1), t + off(z, t)\n"
    "            walls = {x + d for x in (before, after) for d in (-1800, -1, 0, 1, 1800)} | {(before + after) // 2}\n"
    "            for l in sorted(walls): wall(z, l)\n"
    "            near = min(before % 86400, -before % 86400, after % 86400, -after % 86400)\n"
    "            if t < 2208988800 and near <= 7200 or abs(after - before) > 7200:\n"
    "                for d in (-1, 0, 1): midnight(z, before // 86400 + d)\n"
    "for name in sys.argv[1:]: zone(name)\n"
    "print('END')\n";

static const char *const oracle_zones[] = {
    "Europe/Bucharest",
    "Australia/Sydney",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "Asia/Tehran",
    "Pacific/Apia",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "UTC",
    "Asia/Beirut",
    "America/Havana",
    "America/St_Johns",
    "Asia/Gaza",
    "America/Nuuk",
    "Africa/Monrovia",
    "America/Santiago",
    "Pacific/Kwajalein",
    "Asia/Kolkata",
    "Pacific/Chatham",
    "America/Asuncion",
};

static char temp_dir[] = "/tmp/clinicd_zone_XXXXXX";

static void path_in_temp(char out[128], const char *name)
{
    snprintf(out, 128, "%s/%s", temp_dir, name);
}

static void file_write(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    REQUIRE(f != NULL);
    REQUIRE(fwrite(data, 1, len, f) == len);
    REQUIRE(fclose(f) == 0);
}

static size_t file_read(const char *path, uint8_t *out, size_t max)
{
    FILE *f = fopen(path, "rb");
    REQUIRE(f != NULL);
    size_t n = fread(out, 1, max, f);
    fclose(f);
    return n;
}

static int64_t n_lines, n_wrong, n_kinds[3], n_midnights, n_midnight_gaps;

static void wrong(const struct zone *z, const char *line, const char *got)
{
    test_bad_checks++;
    if (n_wrong++ < 20) fprintf(stderr, "  %s: zoneinfo says %s; we say %s\n", z ? zone_name(z) : "?", line, got);
}

static void check_utc(const struct zone *z, const char *line)
{
    int64_t t, offset;
    char abbrev[32], got[96];
    REQUIRE(sscanf(line, "U %" SCNd64 " %" SCNd64 " %31s", &t, &offset, abbrev) == 3);
    for (int64_t usec = 0; usec < USEC_PER_SEC; usec += USEC_PER_SEC - 1) {
        int64_t instant = t * USEC_PER_SEC + usec, local = instant + offset * USEC_PER_SEC;
        snprintf(got, sizeof got, "%" PRId64 " %s", zone_offset_s(z, instant), zone_abbrev(z, instant));
        bool same = zone_offset_s(z, instant) == offset && strcmp(zone_abbrev(z, instant), abbrev) == 0;
        if (!same || zone_local(z, instant) != local || zone_date(z, instant) != floor_div(local, USEC_PER_DAY)) wrong(z, line, got);
    }
}

static void check_wall(const struct zone *z, const char *line)
{
    int64_t l, a, b, out[2];
    int kind;
    char got[96];
    REQUIRE(sscanf(line, "W %" SCNd64 " %d %" SCNd64 " %" SCNd64, &l, &kind, &a, &b) == 4);
    REQUIRE(kind >= 0 && kind <= 2);
    n_kinds[kind]++;
    for (int64_t usec = 0; usec < USEC_PER_SEC; usec += USEC_PER_SEC - 1) {
        int ours = (int)zone_instants(z, l * USEC_PER_SEC + usec, out);
        snprintf(got, sizeof got, "%d %" PRId64 " %" PRId64, ours, out[0], out[1]);
        if (ours != kind || out[0] != a * USEC_PER_SEC + usec || out[1] != b * USEC_PER_SEC + usec) wrong(z, line, got);
    }
}

static void check_midnight(const struct zone *z, const char *line)
{
    int64_t date, t;
    char got[96];
    REQUIRE(sscanf(line, "M %" SCNd64 " %" SCNd64, &date, &t) == 2);
    int64_t ours = zone_midnight(z, date);
    snprintf(got, sizeof got, "%" PRId64, ours);
    if (ours != t * USEC_PER_SEC) wrong(z, line, got);
    n_midnights++;
    n_midnight_gaps += zone_local(z, ours) != date * USEC_PER_DAY;
}

static FILE *oracle_start(void)
{
    char script[128], command[2048];
    path_in_temp(script, "oracle.py");
    file_write(script, oracle, sizeof oracle - 1);
    int n = snprintf(command, sizeof command, "python3 %s", script);
    for (size_t i = 0; i < ARRAY_LEN(oracle_zones); i++) n += snprintf(command + n, sizeof command - (size_t)n, " %s", oracle_zones[i]);
    REQUIRE((size_t)n < sizeof command);
    FILE *f = popen(command, "r");
    REQUIRE(f != NULL);
    return f;
}

static void agrees_with_zoneinfo(void)
{
    FILE *f = oracle_start();
    char line[160], name[65];
    const struct zone *z = NULL;
    bool ended = false;
    size_t zones = 0;
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == 'E') ended = true;
        if (line[0] == 'Z') {
            REQUIRE(sscanf(line, "Z %64s", name) == 1);
            z = zone_find(name);
            REQUIRE(z != NULL);
            zones++;
        }
        n_lines++;
        if (line[0] == 'U') check_utc(z, line);
        if (line[0] == 'W') check_wall(z, line);
        if (line[0] == 'M') check_midnight(z, line);
    }
    CHECK_INT(pclose(f), 0); /* also when there is no python3 */
    CHECK(ended);
    CHECK_INT(zones, ARRAY_LEN(oracle_zones));
    CHECK(n_lines > 50000);
    CHECK(n_kinds[WALL_GAP] > 2000 && n_kinds[WALL_FOLD] > 2000 && n_midnights > 1000 && n_midnight_gaps > 100);
    printf("     %" PRId64 " answers of zoneinfo compared, %" PRId64 " differ (%" PRId64 " gaps, %" PRId64 " folds, %" PRId64
           " midnights, %" PRId64 " of them missing)\n",
        n_lines, n_wrong, n_kinds[WALL_GAP], n_kinds[WALL_FOLD], n_midnights, n_midnight_gaps);
}

/* ---- By hand --------------------------------------------------------------------------------------------------- */
static int64_t instant(const char *s)
{
    int64_t t = 0;
    REQUIRE(instant_parse(s, &t));
    return t;
}

static int64_t date(const char *s)
{
    int64_t d = 0;
    REQUIRE(date_parse(s, &d));
    return d;
}

static void midnights_that_do_not_exist(void)
{
    static const struct {
        const char *zone, *date, *begins;
    } rows[] = {
        { "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z" }, { "Africa/Cairo", "2024-04-26", "2024-04-25T22:00:00Z" },
        { "Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00Z" }, { "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z" },
        { "Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z" }, { "Europe/Bucharest", "2026-03-29", "2026-03-28T22:00:00Z" },
        { "America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z" }, /* 23:30 to 00:30: the gap begins the day before */
        { "America/Havana", "2025-11-02", "2025-11-02T04:00:00Z" },  /* twice: the first counts */
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct zone *z = zone_find(rows[i].zone);
        REQUIRE(z != NULL);
        char text[INSTANT_TEXT];
        CHECK_STR(instant_format(zone_midnight(z, date(rows[i].date)), text), rows[i].begins);
    }
}

static void names(void)
{
    static const char *const bad[] = { "", "/", "/etc/passwd", "../zoneinfo/UTC", "Europe/../UTC", "Europe", "Europe/", "/UTC", "UTC/",
        "Europe//Bucharest", "Europe/Bucharest ", "Europe/Nowhere", "posix/UTC", "right/UTC", "localtime", "posixrules", "Factory",
        "zone.tab", "tzdata.zi", "leapseconds", "leap-seconds", "Europe\\Bucharest", "europe/Bucharest\n", "%2e%2e",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
    static const char *const good[] = { "UTC", "Etc/GMT+12", "GMT", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "EST5EDT",
        "Asia/Ho_Chi_Minh" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (zone_find(bad[i])) CHECK_STR(bad[i], "refused");
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        const struct zone *z = zone_find(good[i]);
        CHECK_STR(z ? zone_name(z) : NULL, good[i]);
        CHECK(zone_find(good[i]) == z);
    }
    CHECK(zone_find(NULL) == NULL);
}

static void *find_all(void *out)
{
    const struct zone **found = out;
    for (int round = 0; round < 50; round++)
        for (size_t i = 0; i < ARRAY_LEN(oracle_zones); i++) {
            const struct zone *z = zone_find(oracle_zones[i]);
            if (round && found[i] != z) z = NULL;
            found[i] = z;
        }
    return NULL;
}

/* Runs first, while nothing is cached, so that the threads race to load. */
static void threads_share_one_zone(void)
{
    enum { THREADS = 4 };
    static const struct zone *found[THREADS][ARRAY_LEN(oracle_zones)];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) REQUIRE(pthread_create(&threads[i], NULL, find_all, found[i]) == 0);
    for (int i = 0; i < THREADS; i++) REQUIRE(pthread_join(threads[i], NULL) == 0);
    for (size_t k = 0; k < ARRAY_LEN(oracle_zones); k++)
        for (int i = 0; i < THREADS; i++) CHECK(found[i][k] && found[i][k] == found[0][k]);
}

static void malformed_images(void)
{
    static uint8_t image[65536];
    size_t len = file_read("/usr/share/zoneinfo/Europe/Bucharest", image, sizeof image);
    struct zone *z = zone_parse("whole", image, len);
    CHECK(z != NULL);
    zone_free(z);
    zone_free(NULL);
    for (size_t n = 0; n < len; n++) { /* a copy, so that a read past the end is seen */
        uint8_t *part = malloc(n ? n : 1);
        REQUIRE(part != NULL);
        memcpy(part, image, n);
        z = zone_parse("part", part, n);
        CHECK(z == NULL);
        zone_free(z);
        free(part);
    }
    int64_t out[2], sum = 0;
    for (size_t n = 0; n < len; n++) {
        uint8_t was = image[n];
        image[n] = (uint8_t)(was ^ (n % 2 ? 0x80 : 0xFF));
        z = zone_parse("flipped", image, len);
        if (z) sum += zone_midnight(z, 20000) + zone_instants(z, INT64_MAX / 4, out) + zone_offset_s(z, INT64_MIN / 4);
        zone_free(z);
        image[n] = was;
    }
    CHECK(sum != 0);
    len = file_read("/usr/share/zoneinfo/right/Europe/Bucharest", image, sizeof image);
    CHECK(zone_parse("leap seconds", image, len) == NULL);
}

/* A version 3 file with one type (UTC) and only a footer. */
static struct zone *zone_of_rule(const char *rule)
{
    uint8_t image[256] = { 0 };
    for (size_t at = 0; at <= 51; at += 51) {
        memcpy(image + at, "TZif3", 5);
        image[at + 39] = 1; /* types */
        image[at + 43] = 1; /* abbreviation bytes */
    }
    int n = snprintf((char *)image + 102, sizeof image - 102, "\n%s\n", rule);
    return zone_parse(rule, image, 102 + (size_t)n);
}

static void footer_rules(void)
{
    static const struct {
        const char *rule, *at;
        int64_t offset_s;
        const char *abbrev;
    } rows[] = {
        { "EET-2EEST,M3.5.0/3,M10.5.0/4", "2026-03-29T00:59:59Z", 7200, "EET" },
        { "EET-2EEST,M3.5.0/3,M10.5.0/4", "2026-03-29T01:00:00Z", 10800, "EEST" },
        { "<+0330>-3:30<+0430>,J79/24,J263/24", "2024-03-20T20:29:59Z", 12600, "+0330" }, /* J79 is 20 March, also in a leap year */
        { "<+0330>-3:30<+0430>,J79/24,J263/24", "2024-03-20T20:30:00Z", 16200, "+0430" },
        { "AAA0BBB,59,300/0", "2023-03-01T01:59:59Z", 0, "AAA" }, /* day 59 from 0 is 1 March, or 29 February */
        { "AAA0BBB,59,300/0", "2023-03-01T02:00:00Z", 3600, "BBB" },
        { "AAA0BBB,59,300/0", "2024-02-29T02:00:00Z", 3600, "BBB" },
        { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200, "-02" }, /* Nuuk: a negative hour */
        { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600, "-01" },
        { "XXX3EDT4,0/0,J365/23", "2026-01-01T03:00:00Z", -14400, "EDT" }, /* summer time all year (RFC 8536) */
        { "XXX3EDT4,0/0,J365/23", "2026-12-31T23:59:59Z", -14400, "EDT" },
        { "XXX3EDT4,0/0,J365/23", "2027-01-01T03:00:00Z", -14400, "EDT" },
        { "IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-15T00:00:00Z", 0, "GMT" }, /* Dublin: winter is the exception */
        { "IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-15T00:00:00Z", 3600, "IST" },
        { "ABC-5:45:30", "2199-07-15T00:00:00Z", 20730, "ABC" },
        { "", "2026-07-15T00:00:00Z", 0, "" },
    };
    static const char *const bad[] = { "A0", "AB0", "ABC", "ABC25", "ABC0DEF", "ABC0DEF,M3.5.0", "ABC0DEF,M13.1.0,M1.1.0",
        "ABC0DEF,M3.6.0,M1.1.0", "ABC0DEF,M3.0.0,M1.1.0", "ABC0DEF,M3.1.7,M1.1.0", "ABC0DEF,J0,J1", "ABC0DEF,J366,J1", "ABC0DEF,366,1",
        "ABC0DEF,0,1x", "<AB0", "<ABC0", "ABC0:", "ABC0:60", "ABC0:00:", "ABC--1", "ABC0DEF,0/168,1", "ABC0000", ":UTC",
        "<ABCDEFGHIJKLMNOPQ>0" };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct zone *z = zone_of_rule(rows[i].rule);
        REQUIRE(z != NULL);
        CHECK_INT(zone_offset_s(z, instant(rows[i].at)), rows[i].offset_s);
        CHECK_STR(zone_abbrev(z, instant(rows[i].at)), rows[i].abbrev);
        zone_free(z);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct zone *z = zone_of_rule(bad[i]);
        if (z) CHECK_STR(bad[i], "refused");
        zone_free(z);
    }
}

static void another_folder(void)
{
    static uint8_t image[65536];
    char path[128];
    size_t len = file_read("/usr/share/zoneinfo/Asia/Tokyo", image, sizeof image);
    path_in_temp(path, "Test");
    REQUIRE(mkdir(path, 0700) == 0);
    path_in_temp(path, "Test/Good");
    file_write(path, image, len);
    path_in_temp(path, "Test/Bad");
    file_write(path, image, len - 1);
    path_in_temp(path, "Test/Empty");
    file_write(path, image, 0);
    path_in_temp(path, "Test/Pipe");
    REQUIRE(mkfifo(path, 0600) == 0);
    REQUIRE(setenv("CLINICD_TZDIR", temp_dir, 1) == 0);
    const struct zone *z = zone_find("Test/Good");
    CHECK(z != NULL);
    if (z) CHECK_INT(zone_offset_s(z, 0), 9 * 3600);
    CHECK(zone_find("Test/Bad") == NULL && zone_find("Test/Empty") == NULL && zone_find("Test/Pipe") == NULL && zone_find("Test") == NULL);
    CHECK(zone_find("Asia/Seoul") == NULL);
    REQUIRE(unsetenv("CLINICD_TZDIR") == 0);
    CHECK(zone_find("Asia/Seoul") != NULL);
}

static void clean_up(void)
{
    static const char *const files[] = { "oracle.py", "Test/Good", "Test/Bad", "Test/Empty", "Test/Pipe", "Test", "" };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[128];
        path_in_temp(path, files[i]);
        remove(path);
    }
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    REQUIRE(mkdtemp(temp_dir) != NULL);
    REQUIRE(atexit(clean_up) == 0);
    RUN(threads_share_one_zone);
    RUN(agrees_with_zoneinfo);
    RUN(midnights_that_do_not_exist);
    RUN(names);
    RUN(malformed_images);
    RUN(footer_rules);
    RUN(another_folder);
    return TEST_DONE();
}
