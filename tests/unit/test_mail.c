/* Outgoing mail against a real SMTP server (tests/lib/smtp_server.py, Debian's python3-aiosmtpd) on loopback; what
 * arrives is read by Python's own e-mail package (tests/lib/mail_verify.py). Run from the root of the repository. */
#include "core/out/mail.h"
#include "tests/lib/folder.h"
#include "tests/lib/smtp.h"
#include "tests/lib/test.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define PYTHON "/usr/bin/python3"
#define DATE (1795507200LL * USEC_PER_SEC) /* 2026-11-24T08:00:00Z */

static char root[100], err[256];

/* ---- Files and folders ---------------------------------------------------------------------------------------- */

/* Good until the eighth call from now. */
static const char *in_root(const char *name)
{
    static char path[8][160];
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof path[turn], "%s/%s", root, name);
    return path[turn];
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    REQUIRE(f != NULL && fwrite(text, 1, strlen(text), f) == strlen(text) && fclose(f) == 0);
}

static char *read_file(const char *path)
{ /* free it */
    FILE *f = fopen(path, "rb");
    if (f == NULL) return NULL;
    char *text = calloc(1, 4 << 20);
    REQUIRE(text != NULL);
    size_t n = fread(text, 1, (4 << 20) - 1, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

static int files_in(const char *path)
{
    DIR *d = opendir(path);
    if (d == NULL) return -1;
    int n = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;) n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void remove_folder(const char *path)
{
    DIR *d = opendir(path);
    if (d == NULL) return;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char child[512];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        snprintf(child, sizeof child, "%s/%s", path, e->d_name);
        if (e->d_type == DT_DIR) remove_folder(child);
        else unlink(child);
    }
    closedir(d);
    rmdir(path);
}

/* ---- Programs ------------------------------------------------------------------------------------------------------ */

static int run(char *const argv[])
{
    int status = 0;
    pid_t pid = 0;
    REQUIRE(posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) == 0);
    REQUIRE(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- Expectations ------------------------------------------------------------------------------------------------ */

static struct mail_config over(const char *url)
{
    return (struct mail_config){ .smtp_url = url, .folder = in_root("unused"), .timeout_ms = 10000 };
}

static struct mail plain_mail(void)
{
    return (struct mail){ .message_id = "0191.1@clinic.example",
        .from_name = "Dental Art",
        .from_address = "no-reply@clinic.example",
        .to_name = "Ana Pop",
        .to_address = "ana@example.org",
        .subject = "Your appointment",
        .text = "Hello\n",
        .date = DATE };
}

static void expect_file(const char *name, const char *value)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", in_root("expect"), name);
    unlink(path);
    if (value != NULL) write_file(path, value);
}

/* from, to, subject as a reader sees them; text, html as they were given but with CRLF. */
static void expect(const struct mail *m, const char *from, const char *to, const char *subject, const char *text, const char *html)
{
    char id[256], link[1024];
    mkdir(in_root("expect"), 0700);
    snprintf(id, sizeof id, "<%s>", m->message_id);
    snprintf(link, sizeof link, "<%s>", m->unsubscribe ? m->unsubscribe : "");
    expect_file("from", from);
    expect_file("to", to);
    expect_file("subject", subject);
    expect_file("text", text);
    expect_file("html", html);
    expect_file("reply_to", m->reply_to);
    expect_file("calendar", m->calendar);
    expect_file("method", m->calendar ? m->calendar_method : NULL);
    expect_file("id", id);
    expect_file("date", "2026-11-24T08:00:00+00:00");
    expect_file("unsubscribe", m->unsubscribe ? link : NULL);
}

static bool verified(const char *eml)
{
    char *const argv[] = { (char[]){ PYTHON }, (char[]){ "tests/lib/mail_verify.py" }, (char *)eml, (char *)in_root("expect"), NULL };
    return run(argv) == 0;
}

static bool arrived(struct smtp *s, const char *envelope)
{
    char path[200];
    s->taken++;
    snprintf(path, sizeof path, "%s/%d.envelope", s->folder, s->taken);
    char *got = read_file(path);
    CHECK_STR(got, envelope);
    free(got);
    snprintf(path, sizeof path, "%s/%d.eml", s->folder, s->taken);
    return verified(path);
}

/* No err may carry who the mail was for. */
static void check_discreet(void)
{
    CHECK(err[0] != '\0');
    CHECK(strchr(err, '@') == NULL);
}

/* ---- Tests ------------------------------------------------------------------------------------------------------- */

static struct smtp smtp;

static void plain_text_arrives(void)
{
    struct mail m = plain_mail();
    struct mail_config cfg = over(smtp.url);
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_OK);
    CHECK_STR(err, "");
    expect(&m, "Dental Art|no-reply@clinic.example", "Ana Pop|ana@example.org", "Your appointment", "Hello\r\n", NULL);
    CHECK(arrived(&smtp, "no-reply@clinic.example\nana@example.org\ntls no\n"));
}

static void everything_at_once_arrives(void)
{
    struct mail m = plain_mail();
    struct mail_config cfg = over(smtp.url);
    m.from_name = "Clinica „Zâmbet” \\ \"Ștefan\" & Söhne GmbH, Filiala Timișoara, Strada Ștefan cel Mare";
    m.to_name = "Łukasz \"the, <tooth>\" O'Neil";
    m.reply_to = "front.desk+bookings@clinic.example";
    m.subject = "Programare confirmată: Detartraj și periaj 🦷 la Dr. Șerban-Müller, marți 24 noiembrie 2026, ora 10:00 — "
                "診療予約の確認";
    m.text = ".\n..dots\n.\r\nFrom the clinic\ntrailing blank \nand tab\t\n\n=3D is not an escape\nȘtefan își aduce câinele 🐕\rold Mac "
             "line\nno end";
    m.html = "<!doctype html><title>x</title><p>Ștefan &amp; 診療</p>\n.\n";
    m.calendar = "BEGIN:VCALENDAR\r\nSUMMARY:Detartraj și periaj\r\nEND:VCALENDAR\r\n";
    m.calendar_method = "REQUEST";
    m.unsubscribe = "https://clinic.example/u/abc?x=1&y=%20";
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_OK);
    expect(&m, "Clinica „Zâmbet” \\ \"Ștefan\" & Söhne GmbH, Filiala Timișoara, Strada Ștefan cel Mare|no-reply@clinic.example",
        "Łukasz \"the, <tooth>\" O'Neil|ana@example.org", m.subject,
        ".\r\n..dots\r\n.\r\nFrom the clinic\r\ntrailing blank \r\nand tab\t\r\n\r\n=3D is not an escape\r\n"
        "Ștefan își aduce câinele 🐕\r\nold Mac line\r\nno end\r\n",
        "<!doctype html><title>x</title><p>Ștefan &amp; 診療</p>\r\n.\r\n");
    CHECK(arrived(&smtp, "no-reply@clinic.example\nana@example.org\ntls no\n"));
}

/* Line ends at each distance from the limit of 76, with what must be escaped there. */
static void long_lines_are_folded(void)
{
    struct mail m = plain_mail();
    struct mail_config cfg = over(smtp.url);
    static char text[400000], wire[410000];
    size_t n = 0, w = 0;
    for (size_t len = 60; len < 160; len++) {
        for (size_t i = 0; i < len; i++) text[n++] = wire[w++] = "ab.=~ \tF"[(i * 7 + len) % 8];
        text[n++] = '\n';
        memcpy(wire + w, "\r\n", 2);
        w += 2;
    }
    for (size_t i = 0; i < 300000; i++) text[n++] = wire[w++] = '.';
    memcpy(wire + w, "\r\n", 3);
    m.text = text;
    m.html = text;
    static char subject[2000];
    memset(subject, 'x', sizeof subject - 1);
    m.subject = subject;
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_OK);
    static char seen[512];
    memset(seen, 'x', 511);
    expect(&m, "Dental Art|no-reply@clinic.example", "Ana Pop|ana@example.org", seen, wire, wire);
    CHECK(arrived(&smtp, "no-reply@clinic.example\nana@example.org\ntls no\n"));
}

/* Encoded words must be cut between characters whatever the length. */
static void subjects_of_every_length_survive(void)
{
    struct mail m = plain_mail();
    char folder[160];
    snprintf(folder, sizeof folder, "%s/lengths", root);
    struct mail_config cfg = { .folder = folder };
    for (size_t len = 1; len < 120; len += 7) {
        char subject[600] = "";
        for (size_t i = 0; i < len; i++) strncat(subject, i % 3 == len % 3 ? "🦷" : i % 2 ? "ș" : "a", 5);
        char id[64], path[240];
        snprintf(id, sizeof id, "len%zu@clinic.example", len);
        snprintf(path, sizeof path, "%s/%s.eml", folder, id);
        m.subject = subject;
        m.to_name = subject;
        m.message_id = id;
        CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_OK);
        char to[700];
        snprintf(to, sizeof to, "%s|ana@example.org", subject);
        expect(&m, "Dental Art|no-reply@clinic.example", to, subject, "Hello\r\n", NULL);
        CHECK(verified(path));
    }
}

static void headers_cannot_be_injected(void)
{
    struct mail m = plain_mail();
    struct mail_config cfg = over(smtp.url);
    m.subject = "Hi\r\nBcc: victim@example.org\r\n\r\nbody\x01\x7f\xc2\x85 =?UTF-8?Q?=0D=0ABcc:_x?= \xff\xc0\xaf";
    m.to_name = "Ana\r\nBcc: victim@example.org";
    m.from_name = "x\" <evil@example.org>, \"y\n.\n";
    m.unsubscribe = "https://clinic.example/>\r\nBcc: victim@example.org";
    m.reply_to = "a@b.example\r\nBcc: victim@example.org";
    m.html = "<p>x</p>";
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_OK);
    m.unsubscribe = m.reply_to = NULL;
    expect(&m, "x\" <evil@example.org>, \"y .|no-reply@clinic.example", "Ana  Bcc: victim@example.org|ana@example.org",
        "Hi  Bcc: victim@example.org    body =?UTF-8?Q?=0D=0ABcc:_x?= \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "Hello\r\n", "<p>x</p>\r\n");
    CHECK(arrived(&smtp, "no-reply@clinic.example\nana@example.org\ntls no\n"));
}

static void bad_addresses_never_reach_the_server(void)
{
    static const char *const bad[] = { "", "ana", "@x.org", "ana@", "ana@x.org\r\nRCPT TO:<b@x.org>", "ana@x.org> SIZE=1", "a b@x.org",
        "ana@@x.org", ".ana@x.org", "ana.@x.org", "a..b@x.org", "ana@x..org", "ana@.x.org", "ana@-x.org", "ana@x.org.", "ană@x.org",
        "ana@ü.org", "\"a b\"@x.org", "ana@[127.0.0.1]", "a,b@x.org", "<ana@x.org>" };
    struct mail_config cfg = over(smtp.url);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct mail m = plain_mail();
        m.to_address = bad[i];
        CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_INVALID);
        check_discreet();
        m = plain_mail();
        m.from_address = bad[i];
        CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_INVALID);
    }
    static const char *const bad_ids[] = { "", "../../etc/passwd", ".hidden@x", "a b@x", "a@x\r\nBcc: y", "a/b@x", NULL };
    for (size_t i = 0; i < ARRAY_LEN(bad_ids); i++) {
        struct mail m = plain_mail();
        m.message_id = bad_ids[i];
        CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_INVALID);
    }
    struct mail m = plain_mail();
    m.calendar = "x";
    m.calendar_method = "REQUEST\r\nX: y";
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_INVALID);
    char *huge = malloc((1 << 20) + 2);
    REQUIRE(huge != NULL);
    memset(huge, 'a', (1 << 20) + 1);
    huge[(1 << 20) + 1] = '\0';
    m = plain_mail();
    m.text = huge;
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_INVALID);
    free(huge);
    CHECK_INT(files_in(smtp.folder), 2 * smtp.taken);
}

static void answers_are_understood(void)
{
    static const struct {
        const char *to;
        enum rc rc;
        const char *part;
    } rows[] = {
        { "mail451@example.org", RC_BUSY, "451" },
        { "mail550@example.org", RC_INVALID, "550" },
        { "data451@example.org", RC_BUSY, "451" },
        { "data554@example.org", RC_INVALID, "554" },
        { "drop@example.org", RC_BUSY, "no delivery" },
    };
    struct mail_config cfg = over(smtp.url);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct mail m = plain_mail();
        m.to_address = rows[i].to;
        CHECK_INT(mail_send(&cfg, &m, err, sizeof err), rows[i].rc);
        CHECK(strstr(err, rows[i].part) != NULL);
        check_discreet();
    }
    /* the sender refused is our set-up's fault, not this mail's: it waits */
    struct mail m = plain_mail();
    m.from_address = "refused@clinic.example";
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_BUSY);
    CHECK(strstr(err, "550 before the recipient") != NULL);
    check_discreet();
    CHECK_INT(files_in(smtp.folder), 2 * smtp.taken);
}

static void a_hanging_server_times_out(void)
{
    struct mail m = plain_mail();
    struct mail_config cfg = over(smtp.url);
    cfg.timeout_ms = 400;
    m.to_address = "hang@example.org";
    int64_t t0 = env.monotonic();
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_BUSY);
    CHECK(env.monotonic() - t0 < 5 * USEC_PER_SEC);
    check_discreet();
    /* one that accepts and never greets */
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(bind(fd, (struct sockaddr *)&a, len) == 0 && listen(fd, 4) == 0 && getsockname(fd, (struct sockaddr *)&a, &len) == 0);
    char url[64];
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", ntohs(a.sin_port));
    cfg.smtp_url = url;
    t0 = env.monotonic();
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_BUSY);
    CHECK_INT(mail_check(&cfg, err, sizeof err), RC_BUSY);
    CHECK(env.monotonic() - t0 < 5 * USEC_PER_SEC);
    /* nobody there */
    close(fd);
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_BUSY);
    check_discreet();
    CHECK_INT(mail_check(&cfg, err, sizeof err), RC_BUSY);
}

static void wrong_urls_are_not_tried(void)
{
    static const char *const bad[] = { "http://127.0.0.1:1/", "file:///etc/passwd", "nonsense", "smtp://", "imap://127.0.0.1" };
    struct mail m = plain_mail();
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct mail_config cfg = over(bad[i]);
        CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_BUSY);
        CHECK(strstr(err, "smtp://") != NULL);
    }
}

static void check_says_whether_the_server_answers(void)
{
    struct mail_config cfg = over(smtp.url);
    CHECK_INT(mail_check(&cfg, err, sizeof err), RC_OK);
    CHECK_STR(err, "");
    CHECK_INT(files_in(smtp.folder), 2 * smtp.taken);
}

static void make_certificate(void)
{
    char *const argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" },
        (char[]){ "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -days 2 -batch "
                  "-keyout \"$1\" -out \"$2\" 2>/dev/null" },
        (char[]){ "sh" }, (char *)in_root("key.pem"), (char *)in_root("cert.pem"), NULL };
    REQUIRE(run(argv) == 0);
}

static void tls_and_password_are_used(void)
{
    struct smtp s;
    struct mail m = plain_mail();
    make_certificate();
    smtp_start(&s, in_root("secure"), &(struct smtp_secure){ in_root("cert.pem"), in_root("key.pem"), "clinic", "p@ss word" });
    char url[128];
    snprintf(url, sizeof url, "smtp://clinic:p%%40ss%%20word@127.0.0.1:%d", s.port);
    struct mail_config cfg = over(url);
    CHECK_INT(mail_check(&cfg, err, sizeof err), RC_OK);
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_OK);
    expect(&m, "Dental Art|no-reply@clinic.example", "Ana Pop|ana@example.org", "Your appointment", "Hello\r\n", NULL);
    CHECK(arrived(&s, "no-reply@clinic.example\nana@example.org\ntls yes\n"));
    /* a wrong password is a matter of set-up: the mail waits */
    snprintf(url, sizeof url, "smtp://clinic:wrong@127.0.0.1:%d", s.port);
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_BUSY);
    CHECK(strstr(err, "password") != NULL && strstr(err, "wrong@") == NULL);
    /* no password where one is demanded: 530 before the recipient, the mail waits as well */
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", s.port);
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_BUSY);
    CHECK(strstr(err, "530") != NULL);
    smtp_stop(&s);
}

/* The loopback address in a form that is not known as such: what holds for a remote host holds for it. */
static void password_never_travels_readable(void)
{
    struct mail m = plain_mail();
    char url[128];
    snprintf(url, sizeof url, "smtp://clinic:secret@[::ffff:127.0.0.1]:%d", smtp.port);
    struct mail_config cfg = over(url);
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_BUSY);
    CHECK(strstr(err, "no TLS") != NULL);
    CHECK(strstr(err, "secret") == NULL);
    CHECK_INT(files_in(smtp.folder), 2 * smtp.taken);
}

static void a_folder_holds_each_mail_once(void)
{
    struct mail m = plain_mail();
    char folder[160], path[200];
    snprintf(folder, sizeof folder, "%s/box", root);
    struct mail_config cfg = { .smtp_url = "", .folder = folder };
    struct stat st;
    CHECK_INT(mail_check(&cfg, err, sizeof err), RC_OK);
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_OK);
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_OK);
    CHECK_INT(files_in(cfg.folder), 1);
    snprintf(path, sizeof path, "%s/0191.1@clinic.example.eml", folder);
    CHECK(stat(path, &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0600);
    expect(&m, "Dental Art|no-reply@clinic.example", "Ana Pop|ana@example.org", "Your appointment", "Hello\r\n", NULL);
    CHECK(verified(path));
    /* what stands is not touched */
    m.subject = "Another";
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_OK);
    CHECK(verified(path));
    m.message_id = "0192@clinic.example";
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_OK);
    CHECK_INT(files_in(cfg.folder), 2);
    cfg.folder = in_root("box/0192@clinic.example.eml"); /* a file, not a folder */
    CHECK_INT(mail_send(&cfg, &m, err, sizeof err), RC_BUSY);
    CHECK_INT(mail_check(&cfg, err, sizeof err), RC_BUSY);
    check_discreet();
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    test_folder(root, sizeof root, "mail");
    REQUIRE(mkdtemp(root) != NULL);
    smtp_start(&smtp, in_root("plain"), NULL);
    RUN(plain_text_arrives);
    RUN(everything_at_once_arrives);
    RUN(long_lines_are_folded);
    RUN(subjects_of_every_length_survive);
    RUN(headers_cannot_be_injected);
    RUN(bad_addresses_never_reach_the_server);
    RUN(answers_are_understood);
    RUN(a_hanging_server_times_out);
    RUN(wrong_urls_are_not_tried);
    RUN(check_says_whether_the_server_answers);
    RUN(tls_and_password_are_used);
    RUN(password_never_travels_readable);
    RUN(a_folder_holds_each_mail_once);
    smtp_stop(&smtp);
    remove_folder(root);
    return TEST_DONE();
}
