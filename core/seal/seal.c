/* seal.c - see seal.h. Every key but the master is derived from it, one per use, so that a value made for one
 * use never passes for another. Randomness comes through env, so that a simulation can hold it. */
#include "core/seal/seal.h"
#include "core/base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    KEY_BYTES = 32,
    KEY_HEX = 2 * KEY_BYTES,
    KEY_FILE_MAX = KEY_HEX + 2, /* one byte more than a legal file (hex and newline): a longer one is seen */
    FIELD_KEY_ID = 1,           /* first byte of a sealed field; another value when keys are ever rotated */
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    FIELD_HEAD = 1 + NONCE_BYTES,
    CONTEXT_MAX = 256,
    MAC_BYTES = 16,
    LINK_BYTES = 16 + 16 + MAC_BYTES,
};

/* In memory that is locked, guarded, and left out of core dumps. */
static struct keys {
    uint8_t derive[KEY_BYTES], link[KEY_BYTES], field[KEY_BYTES];
} * keys;

_Static_assert(PASSWORD_HASH_TEXT >= crypto_pwhash_STRBYTES, "room for libsodium's text");
_Static_assert(crypto_kdf_KEYBYTES == KEY_BYTES && crypto_generichash_KEYBYTES == KEY_BYTES, "one key size");
_Static_assert(LINK_BYTES / 3 * 4 < LINK_TEXT, "room for a link");

/* Nothing here asserts that seal_init ran: each entry that needs libsodium's state goes through keys or hashes,
 * and sodium_init is idempotent. */
enum rc seal_init(void)
{
    return sodium_init() < 0 ? RC_FAULT : RC_OK;
}

/* ---- The master key ------------------------------------------------------------------------------------------ */

static enum rc key_problem(char *err, size_t err_len, const char *path, const char *problem)
{
    snprintf(err, err_len, "%s: %s", path, problem);
    return RC_INVALID;
}

static bool write_whole(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

enum rc seal_key_create(const char *path, char *err, size_t err_len)
{
    ASSERT(path != NULL && err_len > 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) {
        (void)key_problem(err, err_len, path, "there is a key already; it is never overwritten");
        return RC_CONFLICT;
    }
    if (fd < 0) return key_problem(err, err_len, path, strerror(errno));
    uint8_t key[KEY_BYTES];
    char text[KEY_HEX + 2];
    env.random(key, sizeof key);
    sodium_bin2hex(text, sizeof text, key, sizeof key);
    text[KEY_HEX] = '\n';
    bool ok = write_whole(fd, text, KEY_HEX + 1) && fsync(fd) == 0 && folder_sync_of(path);
    int why = errno;
    ok = close(fd) == 0 && ok;
    sodium_memzero(key, sizeof key);
    sodium_memzero(text, sizeof text);
    if (ok) return RC_OK;
    unlink(path); /* half a key is worse than none */
    return key_problem(err, err_len, path, strerror(why));
}

/* At most cap bytes; -1 on error. */
static ssize_t read_whole(int fd, uint8_t *out, size_t cap)
{
    size_t len = 0;
    while (len < cap) {
        ssize_t n = read(fd, out + len, cap - len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (n == 0) break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

/* 32 raw bytes, or 64 hex digits with or without a newline. */
static bool key_decode(const uint8_t *data, size_t len, uint8_t key[KEY_BYTES])
{
    if (len == KEY_BYTES) {
        memcpy(key, data, KEY_BYTES);
    } else {
        size_t got = 0;
        if (len == KEY_HEX + 1 && data[KEY_HEX] == '\n') len--;
        if (len != KEY_HEX) return false;
        if (sodium_hex2bin(key, KEY_BYTES, (const char *)data, len, NULL, &got, NULL) != 0 || got != KEY_BYTES) return false;
    }
    return !sodium_is_zero(key, KEY_BYTES); /* an empty disk block is not a key */
}

/* NULL: may be used. */
static const char *key_file_problem(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return "cannot be examined";
    if (!S_ISREG(st.st_mode)) return "is not a plain file";
    if (st.st_mode & 077) return "can be read by others; run chmod 600 on it";
    return NULL;
}

enum rc seal_key_load(const char *path, char *err, size_t err_len)
{
    ASSERT(path != NULL && err_len > 0);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return key_problem(err, err_len, path, errno == ENOENT ? "there is no key; run clinicd init" : strerror(errno));
    const char *problem = key_file_problem(fd);
    uint8_t data[KEY_FILE_MAX], key[KEY_BYTES];
    ssize_t len = problem ? -1 : read_whole(fd, data, sizeof data);
    close(fd);
    if (!problem && len < 0) problem = "cannot be read";
    if (!problem && !key_decode(data, (size_t)len, key)) problem = "is not a key (32 bytes, or 64 hex digits)";
    if (!problem) seal_key_set(key);
    sodium_memzero(data, sizeof data);
    sodium_memzero(key, sizeof key);
    return problem ? key_problem(err, err_len, path, problem) : RC_OK;
}

void seal_key_set(const uint8_t key[32])
{
    ASSERT(sodium_init() >= 0);
    if (keys == NULL) keys = sodium_malloc(sizeof *keys);
    ASSERT(keys != NULL); /* three pages at start: without them there is no program */
    sodium_mprotect_readwrite(keys);
    crypto_kdf_derive_from_key(keys->derive, KEY_BYTES, 1, "derive__", key);
    crypto_kdf_derive_from_key(keys->link, KEY_BYTES, 1, "link____", key);
    crypto_kdf_derive_from_key(keys->field, KEY_BYTES, 1, "field___", key);
    sodium_mprotect_readonly(keys);
}

/* ---- Passwords ----------------------------------------------------------------------------------------------- */

enum rc seal_password_hash(const char *password, char out[PASSWORD_HASH_TEXT])
{
    memset(out, 0, PASSWORD_HASH_TEXT);
    if (crypto_pwhash_str(out, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return fault(RC_OOM, "no memory to hash a password");
    return RC_OK;
}

/* No such account must take as long as a wrong password. */
static void burn_password_time(const char *password)
{
    static const uint8_t salt[crypto_pwhash_SALTBYTES];
    uint8_t out[32];
    if (crypto_pwhash(out, sizeof out, password, strlen(password), salt, crypto_pwhash_OPSLIMIT_INTERACTIVE,
            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
        (void)fault(RC_OOM, "no memory to hash a password");
    sodium_memzero(out, sizeof out);
}

bool seal_password_verify(const char *hash, const char *password)
{
    if (hash == NULL) {
        burn_password_time(password);
        return false;
    }
    return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

bool seal_password_needs_rehash(const char *hash)
{
    return crypto_pwhash_str_needs_rehash(hash, crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0;
}

/* ---- Tokens and hashes --------------------------------------------------------------------------------------- */

void seal_token_new(char out[TOKEN_TEXT])
{
    uint8_t raw[32];
    env.random(raw, sizeof raw);
    base64url_encode(raw, sizeof raw, out);
    sodium_memzero(raw, sizeof raw);
}

struct digest seal_hash(const void *data, size_t len)
{
    struct digest d;
    crypto_generichash(d.b, sizeof d.b, data, len, NULL, 0);
    return d;
}

struct digest seal_sha256(const void *data, size_t len)
{
    struct digest d;
    crypto_hash_sha256(d.b, data, len);
    return d;
}

struct digest seal_hmac_sha256(const void *key, size_t key_len, const void *first, size_t first_len, const void *second, size_t second_len)
{
    struct digest d;
    crypto_auth_hmacsha256_state st;
    crypto_auth_hmacsha256_init(&st, key, key_len);
    crypto_auth_hmacsha256_update(&st, first, first_len);
    crypto_auth_hmacsha256_update(&st, second, second_len);
    crypto_auth_hmacsha256_final(&st, d.b);
    sodium_memzero(&st, sizeof st);
    return d;
}

struct digest seal_token_hash(const char *token)
{
    return seal_hash(token, strlen(token));
}

/* Keyed hash of (length of purpose | purpose | data): no purpose and data run into each other. */
static void keyed_hash(const uint8_t key[KEY_BYTES], const char *purpose, const void *data, size_t len, uint8_t *out, size_t out_len)
{
    crypto_generichash_state st;
    uint64_t n = strlen(purpose);
    uint8_t prefix[8];
    for (int i = 0; i < 8; i++) prefix[i] = (uint8_t)(n >> (8 * i));
    crypto_generichash_init(&st, key, KEY_BYTES, out_len);
    crypto_generichash_update(&st, prefix, sizeof prefix);
    crypto_generichash_update(&st, (const uint8_t *)purpose, n);
    if (len > 0) crypto_generichash_update(&st, data, len);
    crypto_generichash_final(&st, out, out_len);
    sodium_memzero(&st, sizeof st);
}

void seal_derive(const char *purpose, const void *data, size_t len, char out[TOKEN_TEXT])
{
    ASSERT(keys != NULL);
    uint8_t raw[32];
    keyed_hash(keys->derive, purpose, data, len, raw, sizeof raw);
    base64url_encode(raw, sizeof raw, out);
}

struct seal_key seal_key_for(const char *purpose, struct id tenant)
{
    ASSERT(keys != NULL);
    struct seal_key key = { { 0 } };
    keyed_hash(keys->derive, purpose, tenant.b, sizeof tenant.b, key.b, sizeof key.b);
    return key;
}

struct digest seal_mac(const struct seal_key *key, const void *data, size_t len)
{
    struct digest d;
    crypto_generichash(d.b, sizeof d.b, data, len, key->b, sizeof key->b);
    return d;
}

bool seal_equal(const char *a, const char *b)
{
    if (a == NULL || b == NULL) return false;
    size_t n = strlen(a);
    return n == strlen(b) && sodium_memcmp(a, b, n) == 0;
}

/* ---- Signed links -------------------------------------------------------------------------------------------- */

static void link_mac(const char *purpose, const uint8_t raw[LINK_BYTES], uint8_t mac[MAC_BYTES])
{
    ASSERT(keys != NULL);
    keyed_hash(keys->link, purpose, raw, LINK_BYTES - MAC_BYTES, mac, MAC_BYTES);
}

void seal_link(const char *purpose, struct id tenant, struct id id, char out[LINK_TEXT])
{
    uint8_t raw[LINK_BYTES];
    memcpy(raw, tenant.b, 16);
    memcpy(raw + 16, id.b, 16);
    link_mac(purpose, raw, raw + 32);
    base64url_encode(raw, sizeof raw, out);
}

bool seal_link_open(const char *purpose, const char *link, struct id *tenant, struct id *id)
{
    uint8_t raw[LINK_BYTES], mac[MAC_BYTES];
    if (link == NULL || strnlen(link, LINK_TEXT) != LINK_BYTES / 3 * 4) return false;
    if (!base64url_decode(link, raw, sizeof raw)) return false;
    link_mac(purpose, raw, mac);
    if (sodium_memcmp(mac, raw + 32, MAC_BYTES) != 0) return false;
    memcpy(tenant->b, raw, 16);
    memcpy(id->b, raw + 16, 16);
    return true;
}

/* ---- Sealed fields ------------------------------------------------------------------------------------------- */

/* The tenant is in the key and the place in the authenticated data: a ciphertext copied to another tenant, table,
 * column or row does not open. */
struct field_seal {
    uint8_t key[KEY_BYTES];
    uint8_t ad[1 + CONTEXT_MAX];
    size_t ad_len;
};

static void field_seal_init(struct field_seal *f, struct id tenant, const char *context)
{
    ASSERT(keys != NULL);
    size_t n = strlen(context);
    ASSERT(n > 0 && n <= CONTEXT_MAX);
    keyed_hash(keys->field, "tenant", tenant.b, sizeof tenant.b, f->key, KEY_BYTES);
    f->ad[0] = FIELD_KEY_ID;
    memcpy(f->ad + 1, context, n);
    f->ad_len = n + 1;
}

enum rc seal_field(struct arena *a, struct id tenant, const char *context, const void *data, size_t len, void **out, size_t *out_len)
{
    ASSERT(len <= SIZE_MAX / 2);
    size_t total = FIELD_HEAD + len + TAG_BYTES;
    uint8_t *box = arena_alloc(a, total);
    if (box == NULL) return RC_OOM;
    struct field_seal f;
    field_seal_init(&f, tenant, context);
    box[0] = FIELD_KEY_ID;
    env.random(box + 1, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(box + FIELD_HEAD, NULL, data, len, f.ad, f.ad_len, NULL, box + 1, f.key);
    sodium_memzero(f.key, sizeof f.key);
    *out = box;
    *out_len = total;
    return RC_OK;
}

/* The plaintext is followed by a NUL that is not counted. */
enum rc seal_open_field(struct arena *a, struct id tenant, const char *context, const void *data, size_t len, void **out, size_t *out_len)
{
    const uint8_t *box = data;
    if (len < FIELD_HEAD + TAG_BYTES || box[0] != FIELD_KEY_ID) return fault(RC_FAULT, "sealed field is malformed: %s", context);
    size_t plain_len = len - FIELD_HEAD - TAG_BYTES;
    uint8_t *plain = arena_alloc(a, plain_len + 1);
    if (plain == NULL) return RC_OOM;
    struct field_seal f;
    field_seal_init(&f, tenant, context);
    int bad =
        crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, box + FIELD_HEAD, len - FIELD_HEAD, f.ad, f.ad_len, box + 1, f.key);
    sodium_memzero(f.key, sizeof f.key);
    if (bad != 0) return fault(RC_FAULT, "sealed field does not open: %s", context);
    *out = plain;
    *out_len = plain_len;
    return RC_OK;
}
