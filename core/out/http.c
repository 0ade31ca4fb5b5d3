/* http.c - see http.h. */
#include "core/out/http.h"
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { CONNECT_TIMEOUT_MS_MAX = 10 * 1000 };

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init(void)
{
    ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct buf *b = arg;
    buf_put(b, data, size * n);
    return b->failed ? 0 : size * n;
}

static bool set_up(CURL *c, const struct out_request *q, struct buf *body, struct curl_slist *headers)
{
    int64_t connect = q->timeout_ms < CONNECT_TIMEOUT_MS_MAX ? q->timeout_ms : CONNECT_TIMEOUT_MS_MAX;
    CURLcode bad = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, str_starts(q->url, "https://") ? "https" : "http");
    bad |= curl_easy_setopt(c, CURLOPT_URL, q->url);
    bad |= curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
    bad |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    bad |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    bad |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)q->timeout_ms);
    bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
    bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(c, CURLOPT_USERAGENT, "clinicd");
    bad |= curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, NULL); /* what is small when sent may be large when unpacked */
    bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    bad |= curl_easy_setopt(c, CURLOPT_WRITEDATA, body);
    bad |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    if (q->body) {
        bad |= curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_len);
        bad |= curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body);
    }
    return bad == CURLE_OK;
}

static struct curl_slist *header_list(const struct out_request *q, bool *ok)
{
    struct curl_slist *l = NULL;
    *ok = true;
    for (size_t i = 0; i < OUT_HEADERS_MAX && q->headers[i] && *ok; i++) {
        struct curl_slist *more = strpbrk(q->headers[i], "\r\n") ? NULL : curl_slist_append(l, q->headers[i]);
        *ok = more != NULL;
        if (more) l = more;
    }
    return l;
}

static enum rc perform(CURL *c, struct arena *a, struct buf *body, struct out_answer *out, char *err, size_t err_len)
{
    long status = 0;
    curl_off_t wait = 0;
    CURLcode result = curl_easy_perform(c);
    if (result != CURLE_OK) {
        snprintf(err, err_len, "%s", body->failed ? "the answer is too large" : curl_easy_strerror(result));
        return RC_BUSY;
    }
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &wait);
    *out = (struct out_answer){ .status = (int)status, .body = arena_strndup(a, buf_str(body), body->len), .len = body->len, .retry_after_s = wait > 0 ? wait : NONE };
    return arena_failed(a) ? RC_OOM : RC_OK;
}

enum rc out_http(struct arena *a, const struct out_request *q, struct out_answer *out, char *err, size_t err_len)
{
    CLEANUP(buf_free) struct buf body = { 0 };
    bool ok;
    ASSERT(err_len > 0 && q->timeout_ms > 0 && q->answer_max > 0 && q->answer_max <= OUT_ANSWER_MAX);
    err[0] = '\0';
    pthread_once(&once, init);
    if ((!str_starts(q->url, "https://") && !str_starts(q->url, "http://")) || strlen(q->url) > OUT_URL_MAX) {
        snprintf(err, err_len, "the address is not an http:// or https:// URL");
        return RC_INVALID;
    }
    buf_init(&body, q->answer_max);
    CURL *c = curl_easy_init();
    struct curl_slist *headers = header_list(q, &ok);
    enum rc rc = c && ok && set_up(c, q, &body, headers) ? perform(c, a, &body, out, err, err_len) : RC_OOM;
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
    return rc;
}

const char *out_escape(struct arena *a, const char *s)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = arena_alloc(a, 3 * strlen(s) + 1);
    size_t n = 0;
    if (!out) return "";
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("-._~", c)) {
            out[n++] = *s;
        } else {
            out[n++] = '%';
            out[n++] = hex[c >> 4];
            out[n++] = hex[c & 15];
        }
    }
    return out;
}
