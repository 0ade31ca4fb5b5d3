/* webhook.c - what Stripe tells: signed events, each new, or again and again the same few. The server asks nobody back: bench/run.py points it at a closed port. */
#include "bench/load/load.h"
#include "core/core.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECRET "whsec_of_the_load_generator"
static char path[128]; /* of the webhook, below /api/v1/ */
static unsigned long long run_id, n_sent;

bool webhook_prepare(struct bench *b)
{
    static const char tail[] = "/api/v1/";
    json_t *data = bench_call(b, "PUT", "cards/settings", "{\"enabled\":true,\"secret_key\":\"sk_test_of_the_load_generator\"}");
    const char *url = json_string_value(json_object_get(data, "webhook_url")), *at = url ? strstr(url, tail) : NULL;
    if (at) snprintf(path, sizeof path, "%s", at + strlen(tail));
    if (at && json_array_size(json_object_get(data, "webhook_secrets")) == 0)
        json_decref(bench_call(b, "POST", "cards/webhook-secrets", "{\"secret\":\"" SECRET "\"}"));
    json_decref(data);
    run_id = bench_random(b);
    n_sent = 0;
    return at && seal_init() == RC_OK;
}

static size_t tell(struct bench *b, unsigned long long n, char *out, size_t cap)
{
    char body[1024], stamp[32], hex[65];
    int len = snprintf(body, sizeof body, "{\"id\":\"evt_%llx_%llu\",\"object\":\"event\",\"api_version\":\"2023-08-16\",\"created\":%lld,\"livemode\":false,\"type\":\"checkout.session.completed\","
        "\"data\":{\"object\":{\"id\":\"cs_test_%llx_%llu\",\"object\":\"checkout.session\",\"amount_total\":5000,\"currency\":\"eur\",\"payment_status\":\"paid\",\"status\":\"complete\","
        "\"customer_details\":{\"email\":\"payer@example.org\",\"name\":\"Somebody\"},\"metadata\":{\"clinicd_payment\":\"0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000\"}}}}",
        run_id, n, (long long)time(NULL), run_id, n);
    int head = snprintf(stamp, sizeof stamp, "%lld.", (long long)time(NULL));
    struct digest d = seal_hmac_sha256(SECRET, strlen(SECRET), stamp, (size_t)head, body, (size_t)len);
    hex_encode(d.b, sizeof d.b, hex);
    int whole = snprintf(out, cap, "POST /api/v1/%s HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: application/json\r\nStripe-Signature: t=%.*s,v1=%s\r\nContent-Length: %d\r\n\r\n%s", path,
        b->opt.host, b->opt.port, head - 1, stamp, hex, len, body);
    return whole > 0 && (size_t)whole < cap ? (size_t)whole : 0;
}

size_t webhook_build(struct bench *b, int connection, char *out, size_t cap)
{
    (void)connection;
    return tell(b, n_sent++, out, cap);
}

size_t webhook_again_build(struct bench *b, int connection, char *out, size_t cap)
{
    (void)connection;
    return tell(b, n_sent++ % 100, out, cap);
}
