/* seal.h - keys, tokens, passwords, sealed fields, signed links. The only user of libsodium. */
#pragma once
#include "core/base/base.h"
#include "core/base/outcome.h"

/* Master key: 32 random bytes in <data>/master.key, mode 0600, made by `clinicd init`, never a default. */
MUST_CHECK enum rc seal_init(void);                                   /* sodium_init; once */
MUST_CHECK enum rc seal_key_create(const char *path, char *err, size_t err_len); /* refuses to overwrite */
MUST_CHECK enum rc seal_key_load(const char *path, char *err, size_t err_len);   /* refuses: missing, short, readable by others */
void seal_key_set(const uint8_t key[32]);                             /* tests */

/* A seal on rows: a keyed hash (BLAKE2b under a key of the tenant and the purpose), made and checked by this program alone. The
 * key is derived once for many rows. */
struct seal_key { uint8_t b[32]; };
struct seal_key seal_key_for(const char *purpose, struct id tenant);

/* Passwords: Argon2id, libsodium's INTERACTIVE cost. ~90 ms and 64 MiB each: call only on the hash pool. */
#define PASSWORD_HASH_TEXT 128
MUST_CHECK enum rc seal_password_hash(const char *password, char out[PASSWORD_HASH_TEXT]);
bool seal_password_verify(const char *hash, const char *password);    /* hash NULL: burns the same time, false */
bool seal_password_needs_rehash(const char *hash);

/* Tokens: 32 random bytes as base64url (43 characters); only the hash is stored. */
#define TOKEN_TEXT 44
struct digest { uint8_t b[32]; };
void seal_token_new(char out[TOKEN_TEXT]);
struct digest seal_token_hash(const char *token);
struct digest seal_hash(const void *data, size_t len);               /* BLAKE2b-256, for Idempotency-Key bodies */
struct digest seal_mac(const struct seal_key *, const void *data, size_t len);
/* SHA-256, where somebody else's protocol wants that one (PKCE). */
struct digest seal_sha256(const void *data, size_t len);
/* HMAC-SHA256 over the first and the second part, likewise (signed webhooks). */
struct digest seal_hmac_sha256(const void *key, size_t key_len, const void *first, size_t first_len, const void *second, size_t second_len);
/* Value bound to a purpose by the master key (CSRF tokens): base64url of a keyed hash. */
void seal_derive(const char *purpose, const void *data, size_t len, char out[TOKEN_TEXT]);
bool seal_equal(const char *a, const char *b);                        /* constant time for equal lengths */

/* Signed links: base64url(tenant 16 | id 16 | mac 16), 64 characters; says what it opens, needs no row. */
#define LINK_TEXT 68
void seal_link(const char *purpose, struct id tenant, struct id id, char out[LINK_TEXT]);
bool seal_link_open(const char *purpose, const char *link, struct id *tenant, struct id *id);

/* Sealed fields: XChaCha20-Poly1305; output = key id (1) | nonce (24) | ciphertext | tag (16). context ("table:column:
 * row id") is authenticated. Per-tenant keys derive from the master key. */
MUST_CHECK enum rc seal_field(struct arena *, struct id tenant, const char *context, const void *data, size_t len, void **out, size_t *out_len);
MUST_CHECK enum rc seal_open_field(struct arena *, struct id tenant, const char *context, const void *data, size_t len, void **out, size_t *out_len); /* RC_FAULT: forged or wrong key */
