/* mail.c - see mail.h. One serialiser makes the bytes of a mail; libcurl carries them to a server, or they become
 * a file. The same struct mail gives the same bytes at every try. */
#include "core/out/mail.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAIL_BYTES_MAX = 8 << 20,
    BODY_BYTES_MAX = 1 << 20, /* of each of text, html, calendar: quoted-printable makes at most 3.1 of it */
    HEADER_TEXT_MAX = 512,    /* bytes of a subject or name; the rest is cut off */
    ADDRESS_MAX = 254,
    LOCAL_PART_MAX = 64,
    MESSAGE_ID_MAX = 200, /* it is a file name too */
    LINK_MAX = 900,       /* a header line may not exceed 998 */
    LINE_MAX_SOFT = 76,
    ENCODED_WORD_EXTRA = 12, /* what surrounds the base64 of an encoded word */
    TIMEOUT_MS_DEFAULT = 30 * 1000,
    CONNECT_TIMEOUT_MS_MAX = 10 * 1000,
    BOUNDARY_TEXT = 32,
};

static enum rc refuse(enum rc rc, char *err, size_t err_len, const char *sentence)
{
    snprintf(err, err_len, "%s", sentence);
    return rc;
}

/* ---- Checks: what could end a header line or an SMTP command never gets past here --------------------------------- */

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool all_of(const char *s, size_t len, const char *extra)
{
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(s[i]) && (s[i] == '\0' || strchr(extra, s[i]) == NULL)) return false;
    return len > 0;
}

/* Dot-atom @ host name, ASCII: quoted local parts and address literals are not for clinics. */
static bool address_ok(const char *s)
{
    if (s == NULL || strnlen(s, ADDRESS_MAX + 1) > ADDRESS_MAX) return false;
    const char *at = strchr(s, '@');
    if (at == NULL || at == s || at - s > LOCAL_PART_MAX) return false;
    if (s[0] == '.' || at[-1] == '.' || strstr(s, "..") != NULL) return false;
    if (at[1] == '.' || at[1] == '-' || at[strlen(at) - 1] == '.') return false;
    return all_of(s, (size_t)(at - s), "!#$%&'*+-/=?^_`{|}~.") && all_of(at + 1, strlen(at + 1), "-.");
}

static bool message_id_ok(const char *s)
{
    return s != NULL && strnlen(s, MESSAGE_ID_MAX + 1) <= MESSAGE_ID_MAX && s[0] != '.' && all_of(s, strlen(s), "@._+=-");
}

static bool link_ok(const char *s)
{
    if (strncmp(s, "https://", 8) != 0 && strncmp(s, "http://", 7) != 0) return false;
    return strnlen(s, LINK_MAX + 1) <= LINK_MAX && all_of(s, strlen(s), "-._~:/?#[]@!$&'()*+,;=%");
}

static enum rc mail_judge(const struct mail *m, char *err, size_t err_len)
{
    ASSERT(m->text != NULL && m->subject != NULL);
    ASSERT(m->calendar == NULL || m->calendar_method != NULL);
    if (!message_id_ok(m->message_id)) return refuse(RC_INVALID, err, err_len, "the message id is not valid");
    if (!address_ok(m->from_address)) return refuse(RC_INVALID, err, err_len, "the sender's address is not valid");
    if (!address_ok(m->to_address)) return refuse(RC_INVALID, err, err_len, "the recipient's address is not valid");
    if (m->calendar && !all_of(m->calendar_method, strlen(m->calendar_method), ""))
        return refuse(RC_INVALID, err, err_len, "the calendar method is not valid");
    const char *const bodies[] = { m->text, m->html, m->calendar };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        if (bodies[i] && strnlen(bodies[i], BODY_BYTES_MAX + 1) > BODY_BYTES_MAX)
            return refuse(RC_INVALID, err, err_len, "the mail is too large");
    return RC_OK;
}

/* ---- Encodings ---------------------------------------------------------------------------------------------------- */

/* Bytes of the code point at s; 0: not UTF-8. */
static size_t code_point_len(const char *s)
{
    unsigned char c = (unsigned char)*s;
    size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    return strnlen(s, n) == n && utf8_valid(s, n) ? n : 0;
}

static bool is_control(const char *s, size_t n)
{
    unsigned char c = (unsigned char)*s;
    return (n == 1 && (c < 0x20 || c == 0x7f)) || (n == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0);
}

/* One line of clean UTF-8: control characters dropped (a line end becomes a space), broken bytes replaced. */
static void header_text(char out[HEADER_TEXT_MAX], const char *s)
{
    size_t len = 0;
    while (*s != '\0') {
        size_t n = code_point_len(s);
        const char *put = n > 0 ? s : "\xef\xbf\xbd";
        size_t put_len = n > 0 ? n : 3;
        bool line_end = *s == '\r' || *s == '\n' || *s == '\t';
        s += n > 0 ? n : 1;
        if (line_end) put = " ";
        else if (n > 0 && is_control(put, n)) continue;
        if (len + put_len >= HEADER_TEXT_MAX) break;
        memcpy(out + len, put, put_len);
        len += put_len;
    }
    while (len > 0 && out[len - 1] == ' ') len--;
    out[len] = '\0';
}

static void put_base64(struct buf *b, const char *data, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        unsigned v = 0;
        for (size_t k = 0; k < 3; k++) v = v << 8 | (i + k < len ? (unsigned char)data[i + k] : 0);
        char four[4] = { digits[v >> 18], digits[v >> 12 & 63], digits[v >> 6 & 63], digits[v & 63] };
        if (i + 1 >= len) four[2] = '=';
        if (i + 2 >= len) four[3] = '=';
        buf_put(b, four, sizeof four);
    }
}

static void put_base64_lines(struct buf *b, const char *s)
{
    size_t len = strlen(s), line = LINE_MAX_SOFT / 4 * 3;
    for (size_t i = 0; i < len; i += line) {
        put_base64(b, s + i, len - i < line ? len - i : line);
        buf_puts(b, "\r\n");
    }
}

/* Must this character be written =XX? Besides what RFC 2045 demands, a full stop that begins a line and the F of
 * "From " are: they survive relays and mailboxes that treat them specially. */
static bool qp_must_escape(const char *s, size_t column)
{
    unsigned char c = (unsigned char)*s;
    if (c == '=' || c > 126) return true;
    if (c == ' ' || c == '\t') return s[1] == '\0' || s[1] == '\r' || s[1] == '\n';
    if (c < 32) return true;
    return column == 0 && (c == '.' || strncmp(s, "From ", 5) == 0);
}

/* Quoted-printable; every kind of line end becomes CRLF, and the body ends with one. */
static void put_quoted_printable(struct buf *b, const char *s)
{
    size_t column = 0;
    for (; *s != '\0'; s++) {
        if (*s == '\r' || *s == '\n') {
            if (*s == '\r' && s[1] == '\n') s++;
            buf_puts(b, "\r\n");
            column = 0;
            continue;
        }
        bool escape = qp_must_escape(s, column);
        if (column + (escape ? 3 : 1) > LINE_MAX_SOFT - 1) {
            buf_puts(b, "=\r\n");
            column = 0;
            escape = qp_must_escape(s, 0);
        }
        if (escape) buf_printf(b, "=%02X", (unsigned char)*s);
        else buf_putc(b, *s);
        column += escape ? 3 : 1;
    }
    if (column > 0) buf_puts(b, "\r\n");
}

/* ---- Headers ------------------------------------------------------------------------------------------------------ */

/* RFC 2047 encoded words, whole code points each, one a line, no line longer than 76. */
static void put_encoded_words(struct buf *b, size_t column, const char *s)
{
    while (*s != '\0') {
        size_t room = (LINE_MAX_SOFT - column - ENCODED_WORD_EXTRA) / 4 * 3, n = 0;
        for (size_t step; s[n] != '\0'; n += step) {
            step = code_point_len(s + n);
            if (n + step > room) break;
        }
        buf_puts(b, "=?UTF-8?B?");
        put_base64(b, s, n);
        buf_puts(b, "?=");
        s += n;
        if (*s != '\0') buf_puts(b, "\r\n ");
        column = 1;
    }
}

/* Short plain ASCII may stand as it is; "=?" would be taken for an encoded word. */
static bool stands_as_it_is(const char *s, size_t column)
{
    if (strlen(s) + column > LINE_MAX_SOFT || strstr(s, "=?") != NULL || s[0] == ' ') return false;
    for (; *s != '\0'; s++)
        if ((unsigned char)*s > 126) return false;
    return true;
}

static void put_text_header(struct buf *b, const char *name, const char *value)
{
    char clean[HEADER_TEXT_MAX];
    header_text(clean, value);
    size_t column = strlen(name) + 2;
    buf_printf(b, "%s: ", name);
    if (stands_as_it_is(clean, column)) buf_puts(b, clean);
    else put_encoded_words(b, column, clean);
    buf_puts(b, "\r\n");
}

/* Name: "display" <address>; the address has been judged. */
static void put_address_header(struct buf *b, const char *name, const char *display, const char *address)
{
    char clean[HEADER_TEXT_MAX] = "";
    if (display != NULL) header_text(clean, display);
    size_t column = strlen(name) + 2;
    buf_printf(b, "%s: ", name);
    if (clean[0] != '\0' && stands_as_it_is(clean, column + 2)) {
        buf_putc(b, '"');
        for (const char *s = clean; *s != '\0'; s++) {
            if (*s == '"' || *s == '\\') buf_putc(b, '\\');
            buf_putc(b, *s);
        }
        bool fits = column + strlen(clean) + strlen(address) + strlen("\"\" <>") <= LINE_MAX_SOFT;
        buf_puts(b, fits ? "\" " : "\"\r\n ");
    } else if (clean[0] != '\0') {
        put_encoded_words(b, column, clean);
        buf_puts(b, "\r\n ");
    }
    buf_printf(b, "<%s>\r\n", address);
}

static void put_date(struct buf *b, int64_t instant)
{
    static const char days[] = "MonTueWedThuFriSatSun", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t date = floor_div(instant, USEC_PER_DAY), second = floor_div(instant - date * USEC_PER_DAY, USEC_PER_SEC);
    struct civil c = { 0 };
    date_to_civil(date, &c);
    buf_printf(b, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n", days + 3 * (date_weekday(date) - 1), c.day,
        months + 3 * (c.month - 1), (int)c.year, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

/* ---- The message -------------------------------------------------------------------------------------------------- */

/* "=_" cannot occur in quoted-printable nor in base64, so no body can hold a boundary. The line end before a
 * boundary belongs to it, hence the empty lines: bodies keep their own. */
static void boundary(char out[BOUNDARY_TEXT], const char *kind, const char *message_id)
{
    uint64_t h = 1469598103934665603ULL; /* FNV-1a: unlike other mails' boundaries, and the same at every try */
    for (const char *s = message_id; *s != '\0'; s++) h = (h ^ (unsigned char)*s) * 1099511628211ULL;
    snprintf(out, BOUNDARY_TEXT, "=_%s_%016llx", kind, (unsigned long long)h);
}

static void put_text_part(struct buf *b, const char *type, const char *body)
{
    buf_printf(b, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", type);
    put_quoted_printable(b, body);
}

/* The invitation stands twice: as an alternative, which Gmail and Outlook turn into buttons (its method must be in
 * the type), and as a file for the rest. Base64 keeps its line ends as they are. */
static void put_calendar_part(struct buf *b, const struct mail *m)
{
    buf_printf(b, "Content-Type: text/calendar; charset=utf-8; method=%s\r\nContent-Transfer-Encoding: base64\r\n\r\n", m->calendar_method);
    put_base64_lines(b, m->calendar);
}

static void put_calendar_file(struct buf *b, const struct mail *m)
{
    const char *file = strcmp(m->calendar_method, "CANCEL") == 0 ? "cancel.ics" : "invite.ics";
    buf_printf(b,
        "Content-Type: application/ics; name=\"%s\"\r\nContent-Disposition: attachment; filename=\"%s\"\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n",
        file, file);
    put_base64_lines(b, m->calendar);
}

static void put_alternatives(struct buf *b, const struct mail *m)
{
    char mark[BOUNDARY_TEXT];
    boundary(mark, "alt", m->message_id);
    buf_printf(b, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n--%s\r\n", mark, mark);
    put_text_part(b, "text/plain", m->text);
    if (m->html) {
        buf_printf(b, "\r\n--%s\r\n", mark);
        put_text_part(b, "text/html", m->html);
    }
    if (m->calendar) {
        buf_printf(b, "\r\n--%s\r\n", mark);
        put_calendar_part(b, m);
    }
    buf_printf(b, "\r\n--%s--\r\n", mark);
}

static void put_body(struct buf *b, const struct mail *m)
{
    if (!m->html && !m->calendar) {
        put_text_part(b, "text/plain", m->text);
        return;
    }
    if (!m->calendar) {
        put_alternatives(b, m);
        return;
    }
    char mark[BOUNDARY_TEXT];
    boundary(mark, "mix", m->message_id);
    buf_printf(b, "Content-Type: multipart/mixed;\r\n boundary=\"%s\"\r\n\r\n--%s\r\n", mark, mark);
    put_alternatives(b, m);
    buf_printf(b, "\r\n--%s\r\n", mark);
    put_calendar_file(b, m);
    buf_printf(b, "\r\n--%s--\r\n", mark);
}

static void put_message(struct buf *b, const struct mail *m)
{
    put_date(b, m->date);
    put_address_header(b, "From", m->from_name, m->from_address);
    put_address_header(b, "To", m->to_name, m->to_address);
    /* A clinic that mistyped its own address for answers still wants its clients told. */
    if (!str_empty(m->reply_to) && address_ok(m->reply_to)) put_address_header(b, "Reply-To", NULL, m->reply_to);
    put_text_header(b, "Subject", m->subject);
    buf_printf(b, "Message-ID: <%s>\r\nMIME-Version: 1.0\r\n", m->message_id);
    buf_puts(b, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n");
    if (!str_empty(m->unsubscribe) && link_ok(m->unsubscribe)) buf_printf(b, "List-Unsubscribe: <%s>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", m->unsubscribe);
    put_body(b, m);
}

/* ---- Into a folder ------------------------------------------------------------------------------------------------ */

static bool write_whole(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        data += n;
        len -= (size_t)n;
    }
    return fsync(fd) == 0;
}

/* Under a name of its own first: whoever reads the folder sees whole mails only. */
static bool write_new_file(int folder, const char *name, const struct buf *b)
{
    uint8_t random[8];
    char hex[2 * sizeof random + 1], temp[sizeof ".new-" + sizeof hex];
    env.random(random, sizeof random);
    hex_encode(random, sizeof random, hex);
    snprintf(temp, sizeof temp, ".new-%s", hex);
    int fd = openat(folder, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    bool ok = write_whole(fd, b->data, b->len);
    ok = close(fd) == 0 && ok && renameat(folder, temp, folder, name) == 0;
    if (!ok) unlinkat(folder, temp, 0);
    return ok;
}

static int open_folder(const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) return -1;
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static enum rc send_to_folder(const char *path, const struct mail *m, const struct buf *b, char *err, size_t err_len)
{
    char name[MESSAGE_ID_MAX + sizeof ".eml"];
    snprintf(name, sizeof name, "%s.eml", m->message_id);
    int folder = open_folder(path);
    if (folder < 0) return refuse(RC_BUSY, err, err_len, "the mail folder cannot be opened");
    bool ok = faccessat(folder, name, F_OK, 0) == 0 || write_new_file(folder, name, b);
    ok = fsync(folder) == 0 && ok; /* also when the file was there: an earlier try may have died before this line */
    close(folder);
    return ok ? RC_OK : refuse(RC_BUSY, err, err_len, "the mail could not be written into its folder");
}

/* ---- To a server -------------------------------------------------------------------------------------------------- */

struct transfer {
    const struct buf *message;
    size_t sent;
    bool named_recipient; /* RCPT has been sent: from here on a 5xx is about this mail, before it about our set-up */
};

static size_t on_read(char *out, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    size_t n = t->message->len - t->sent, room = size * count;
    if (n > room) n = room;
    memcpy(out, t->message->data + t->sent, n);
    t->sent += n;
    return n;
}

static size_t on_write(char *data, size_t size, size_t count, void *arg)
{
    (void)data, (void)arg;
    return size * count;
}

static int on_trace(CURL *c, curl_infotype kind, char *data, size_t len, void *arg)
{
    (void)c;
    struct transfer *t = arg;
    if (kind == CURLINFO_HEADER_OUT && len >= 5 && strncasecmp(data, "RCPT ", 5) == 0) t->named_recipient = true;
    return 0;
}

static void init_curl(void)
{
    ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

/* loopback: nobody is on the way. password: the URL carries one, which must not travel readable. */
static bool url_facts(const char *url, bool *loopback, bool *password)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL, *user = NULL;
    bool ok = u != NULL && curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK && curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    if (ok) {
        ok = strcmp(scheme, "smtp") == 0 || strcmp(scheme, "smtps") == 0;
        *loopback = strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
        *password = curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK;
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(u);
    return ok;
}

/* TLS is used whenever the server offers it, and demanded where a password would travel over a network. A relay on
 * this machine usually has a self-made certificate, which proves nothing and has nothing to prove. */
static bool set_up(CURL *c, const struct mail_config *cfg, struct transfer *t)
{
    bool loopback = false, password = false;
    if (!url_facts(cfg->smtp_url, &loopback, &password)) return false;
    int64_t total = cfg->timeout_ms > 0 ? cfg->timeout_ms : TIMEOUT_MS_DEFAULT;
    int64_t connect = total < CONNECT_TIMEOUT_MS_MAX ? total : CONNECT_TIMEOUT_MS_MAX;
    CURLcode bad = curl_easy_setopt(c, CURLOPT_URL, cfg->smtp_url);
    bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    bad |= curl_easy_setopt(c, CURLOPT_PROXY, "");
    bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)total);
    bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
    bad |= curl_easy_setopt(c, CURLOPT_USE_SSL, (long)(password && !loopback ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (loopback) {
        bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
        bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_write);
    bad |= curl_easy_setopt(c, CURLOPT_VERBOSE, 1L); /* only so that on_trace is called; nothing is printed */
    bad |= curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, on_trace);
    bad |= curl_easy_setopt(c, CURLOPT_DEBUGDATA, t);
    return bad == CURLE_OK;
}

/* What the server's last reply and curl's result mean for the job. Never the server's words: they quote addresses. */
static enum rc verdict(CURL *c, CURLcode result, const struct transfer *t, bool *unsure, char *err, size_t err_len)
{
    if (result == CURLE_OK) return RC_OK;
    long code = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code);
    if (result == CURLE_LOGIN_DENIED) return refuse(RC_BUSY, err, err_len, "the mail server refused the user name or password");
    if (result == CURLE_USE_SSL_FAILED)
        return refuse(RC_BUSY, err, err_len, "the mail server offers no TLS, and the password must not travel without");
    bool server_spoke = result == CURLE_SEND_ERROR || result == CURLE_WEIRD_SERVER_REPLY || result == CURLE_REMOTE_ACCESS_DENIED ||
                        result == CURLE_RECV_ERROR;
    if (server_spoke && code >= 400 && code <= 599) {
        bool never = code >= 500 && t->named_recipient && code != 530 && code != 535;
        snprintf(err, err_len, "the mail server answered %ld%s", code, t->named_recipient ? "" : " before the recipient was named");
        return never ? RC_INVALID : RC_BUSY;
    }
    if (unsure && t->message && t->sent == t->message->len) *unsure = true;
    snprintf(err, err_len, "no delivery to the mail server: %s", curl_easy_strerror(result));
    return RC_BUSY;
}

static enum rc send_to_server(const struct mail_config *cfg, const struct mail *m, const struct buf *b, char *err, size_t err_len)
{
    struct transfer t = { .message = b };
    CURL *c = curl_easy_init();
    struct curl_slist *to = c ? curl_slist_append(NULL, m->to_address) : NULL;
    enum rc rc = RC_OOM;
    if (to != NULL && !set_up(c, cfg, &t)) {
        rc = refuse(RC_BUSY, err, err_len, "the address of the mail server is not a smtp:// or smtps:// URL");
    } else if (to != NULL) {
        CURLcode bad = curl_easy_setopt(c, CURLOPT_MAIL_FROM, m->from_address);
        bad |= curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
        bad |= curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
        bad |= curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
        bad |= curl_easy_setopt(c, CURLOPT_READDATA, &t);
        bad |= curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)b->len);
        if (bad == CURLE_OK) rc = verdict(c, curl_easy_perform(c), &t, cfg->unsure, err, err_len);
    }
    curl_slist_free_all(to);
    curl_easy_cleanup(c);
    return rc == RC_OOM ? refuse(RC_OOM, err, err_len, "out of memory") : rc;
}

/* ---- Entry points ------------------------------------------------------------------------------------------------- */

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

enum rc mail_send(const struct mail_config *cfg, const struct mail *m, char *err, size_t err_len)
{
    ASSERT(err_len > 0);
    err[0] = '\0';
    pthread_once(&curl_once, init_curl);
    TRY(mail_judge(m, err, err_len));
    struct buf b CLEANUP(buf_free) = { 0 };
    buf_init(&b, MAIL_BYTES_MAX);
    put_message(&b, m);
    if (b.failed) return refuse(RC_OOM, err, err_len, "out of memory");
    if (!str_empty(cfg->smtp_url)) return send_to_server(cfg, m, &b, err, err_len);
    ASSERT(!str_empty(cfg->folder));
    return send_to_folder(cfg->folder, m, &b, err, err_len);
}

enum mail_trace mail_trace(const struct mail_config *cfg, const char *message_id)
{
    char name[MESSAGE_ID_MAX + sizeof ".eml"];
    if (!str_empty(cfg->smtp_url) || !message_id_ok(message_id)) return MAIL_NOBODY_KNOWS;
    snprintf(name, sizeof name, "%s.eml", message_id);
    int folder = open_folder(cfg->folder);
    if (folder < 0) return MAIL_NOBODY_KNOWS;
    bool there = faccessat(folder, name, F_OK, 0) == 0;
    close(folder);
    return there ? MAIL_WAS_SENT : MAIL_WAS_NOT_SENT;
}

static enum rc check_folder(const char *path, char *err, size_t err_len)
{
    int folder = open_folder(path);
    if (folder < 0) return refuse(RC_BUSY, err, err_len, "the mail folder cannot be opened");
    bool ok = faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) == 0;
    close(folder);
    return ok ? RC_OK : refuse(RC_BUSY, err, err_len, "the mail folder cannot be written");
}

/* Greets, signs in when the URL has a password, asks for nothing (NOOP), leaves. */
enum rc mail_check(const struct mail_config *cfg, char *err, size_t err_len)
{
    ASSERT(err_len > 0);
    err[0] = '\0';
    pthread_once(&curl_once, init_curl);
    if (str_empty(cfg->smtp_url)) return check_folder(cfg->folder, err, err_len);
    struct transfer t = { 0 };
    CURL *c = curl_easy_init();
    if (c == NULL) return refuse(RC_OOM, err, err_len, "out of memory");
    enum rc rc;
    if (!set_up(c, cfg, &t)) rc = refuse(RC_BUSY, err, err_len, "the address of the mail server is not a smtp:// or smtps:// URL");
    else if (curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "NOOP") != CURLE_OK) rc = refuse(RC_OOM, err, err_len, "out of memory");
    else rc = verdict(c, curl_easy_perform(c), &t, NULL, err, err_len);
    curl_easy_cleanup(c);
    return rc;
}
