/* Keys, tokens, passwords, sealed fields, signed links. */
#include "core/seal/seal.h"
#include "tests/lib/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96], err[256];
static const struct id TENANT = { { 1, 2, 3 } }, OTHER = { { 9 } }, ROW = { { 7, 7, 7 } };

static void file_write(const char *name, const void *data, size_t len, mode_t mode)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    REQUIRE(fd >= 0 && write(fd, data, len) == (ssize_t)len && fchmod(fd, mode) == 0);
    close(fd);
}

static enum rc load(const char *name, const void *data, size_t len, mode_t mode)
{
    file_write(name, data, len, mode);
    err[0] = '\0';
    return seal_key_load(path, err, sizeof err);
}

static void key_file_is_made_once(void)
{
    struct stat st;
    char text[80] = "", before[TOKEN_TEXT], after[TOKEN_TEXT];
    snprintf(path, sizeof path, "%s/made.key", folder);
    umask(0);
    CHECK_INT(seal_key_create(path, err, sizeof err), RC_OK);
    CHECK(stat(path, &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0600);
    CHECK_INT(st.st_size, 65);
    CHECK_INT(seal_key_create(path, err, sizeof err), RC_CONFLICT);
    CHECK(strstr(err, "never overwritten") != NULL);
    CHECK_INT(seal_key_load(path, err, sizeof err), RC_OK);
    seal_derive("p", "x", 1, before);
    int fd = open(path, O_RDONLY);
    CHECK_INT(read(fd, text, sizeof text - 1), 65);
    close(fd);
    /* the same key, as hex without a newline and as raw bytes, is the same key */
    CHECK_INT(load("hex.key", text, 64, 0400), RC_OK);
    seal_derive("p", "x", 1, after);
    CHECK_STR(after, before);
    uint8_t raw[32];
    for (int i = 0; i < 32; i++) {
        char digits[3] = { text[2 * i], text[2 * i + 1], '\0' };
        raw[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    CHECK_INT(load("raw.key", raw, 32, 0600), RC_OK);
    seal_derive("p", "x", 1, after);
    CHECK_STR(after, before);
    /* two keys differ */
    snprintf(path, sizeof path, "%s/made2.key", folder);
    CHECK_INT(seal_key_create(path, err, sizeof err), RC_OK);
    CHECK_INT(seal_key_load(path, err, sizeof err), RC_OK);
    seal_derive("p", "x", 1, after);
    CHECK(strcmp(after, before) != 0);
}

static void bad_key_files_are_refused(void)
{
    static const char hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\nx";
    static const char zero[32];
    CHECK_INT(load("k", hex, 65, 0600), RC_OK);
    CHECK_INT(load("k", hex, 65, 0640), RC_INVALID);
    CHECK(strstr(err, "chmod 600") != NULL);
    CHECK_INT(load("k", hex, 65, 0604), RC_INVALID);
    CHECK_INT(load("k", hex, 65, 0620), RC_INVALID);
    CHECK_INT(load("k", hex, 63, 0600), RC_INVALID);
    CHECK_INT(load("k", hex, 66, 0600), RC_INVALID);
    CHECK_INT(load("k", hex, 31, 0600), RC_INVALID);
    CHECK_INT(load("k", hex, 33, 0600), RC_INVALID);
    CHECK_INT(load("k", hex, 0, 0600), RC_INVALID);
    CHECK_INT(load("k", zero, 32, 0600), RC_INVALID);
    CHECK_INT(load("k", "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 64, 0600), RC_INVALID);
    CHECK_INT(seal_key_load(folder, err, sizeof err), RC_INVALID);
    snprintf(path, sizeof path, "%s/absent", folder);
    CHECK_INT(seal_key_load(path, err, sizeof err), RC_INVALID);
    CHECK(strstr(err, "clinicd init") != NULL);
    snprintf(path, sizeof path, "%s/no/such/folder", folder);
    CHECK_INT(seal_key_create(path, err, sizeof err), RC_INVALID);
}

static void passwords_verify(void)
{
    char hash[PASSWORD_HASH_TEXT], hash2[PASSWORD_HASH_TEXT];
    CHECK_INT(seal_password_hash("korrekt Pferd ăîș", hash), RC_OK);
    CHECK_INT(seal_password_hash("korrekt Pferd ăîș", hash2), RC_OK);
    CHECK(strcmp(hash, hash2) != 0);
    CHECK(strncmp(hash, "$argon2id$v=19$m=65536,t=2,p=1$", 31) == 0);
    CHECK(seal_password_verify(hash, "korrekt Pferd ăîș"));
    CHECK(!seal_password_verify(hash, "korrekt Pferd ăîs"));
    CHECK(!seal_password_verify(hash, ""));
    CHECK(!seal_password_verify("not a hash", "x"));
    CHECK(!seal_password_needs_rehash(hash));
    CHECK(seal_password_needs_rehash("$argon2id$v=19$m=8192,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$qLml1C4oJR0fDJzC9hJ4vPZ6X6b0dF0Kk2N2Jt3c1bM"));
}

static void unknown_account_takes_as_long(void)
{
    char hash[PASSWORD_HASH_TEXT];
    REQUIRE(seal_password_hash("x", hash) == RC_OK);
    int64_t t0 = env.monotonic();
    CHECK(!seal_password_verify(hash, "y"));
    int64_t t1 = env.monotonic();
    CHECK(!seal_password_verify(NULL, "y"));
    int64_t t2 = env.monotonic();
    CHECK(t2 - t1 > (t1 - t0) / 4); /* generous: the machine is shared; without the work it is a thousandth */
}

static void tokens_are_random_and_hashed(void)
{
    char a[TOKEN_TEXT], b[TOKEN_TEXT];
    seal_token_new(a);
    seal_token_new(b);
    CHECK_INT(strlen(a), 43);
    CHECK(strcmp(a, b) != 0);
    CHECK(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == 43);
    struct digest x = seal_token_hash(a), y = seal_token_hash(a), z = seal_token_hash(b);
    CHECK(memcmp(x.b, y.b, 32) == 0);
    CHECK(memcmp(x.b, z.b, 32) != 0);
    /* BLAKE2b-256 of the empty string, from the reference implementation */
    static const uint8_t empty[4] = { 0x0e, 0x57, 0x51, 0xc0 };
    CHECK(memcmp(seal_hash(NULL, 0).b, empty, 4) == 0);
    CHECK(!seal_equal("ab", "abc") && !seal_equal("", "a"));
    CHECK(seal_equal(a, a) && !seal_equal(a, b) && !seal_equal(a, "short") && !seal_equal(NULL, a) && seal_equal("", ""));
}

static void derived_values_are_bound(void)
{
    char a[TOKEN_TEXT], b[TOKEN_TEXT];
    seal_derive("csrf", "session1", 8, a);
    seal_derive("csrf", "session1", 8, b);
    CHECK_STR(a, b);
    CHECK_INT(strlen(a), 43);
    seal_derive("csrf", "session2", 8, b);
    CHECK(strcmp(a, b) != 0);
    seal_derive("csrfs", "ession1", 7, b); /* purpose and data do not run together */
    CHECK(strcmp(a, b) != 0);
    seal_derive("csrf", NULL, 0, b);
    CHECK(strcmp(a, b) != 0);
}

static void links_open_only_as_made(void)
{
    char link[LINK_TEXT], bad[LINK_TEXT];
    struct id t = ID_NIL, i = ID_NIL;
    seal_link("manage", TENANT, ROW, link);
    CHECK_INT(strlen(link), 64);
    CHECK(seal_link_open("manage", link, &t, &i));
    CHECK(memcmp(&t, &TENANT, 16) == 0 && memcmp(&i, &ROW, 16) == 0);
    CHECK(!seal_link_open("feed", link, &t, &i));
    for (size_t k = 0; k < 64; k++) { /* every changed character is seen */
        memcpy(bad, link, LINK_TEXT);
        bad[k] = bad[k] == 'A' ? 'B' : 'A';
        CHECK(!seal_link_open("manage", bad, &t, &i));
    }
    memcpy(bad, link, LINK_TEXT);
    bad[63] = '\0';
    CHECK(!seal_link_open("manage", bad, &t, &i));
    CHECK(!seal_link_open("manage", "", &t, &i));
    CHECK(!seal_link_open("manage", NULL, &t, &i));
    memcpy(bad, link, LINK_TEXT);
    bad[64] = '=';
    bad[65] = '\0';
    CHECK(!seal_link_open("manage", bad, &t, &i));
    uint8_t other[32] = { 5 };
    seal_key_set(other);
    CHECK(!seal_link_open("manage", link, &t, &i));
}

static void fields_open_only_in_their_place(void)
{
    struct arena *a = arena_new(1 << 20);
    void *box = NULL, *box2 = NULL, *plain = NULL;
    size_t box_len = 0, box2_len = 0, len = 0;
    static const char secret[] = "Allergie: Penicillin";
    const char *ctx = "client:notes:0191";
    CHECK_INT(seal_field(a, TENANT, ctx, secret, sizeof secret - 1, &box, &box_len), RC_OK);
    CHECK_INT(seal_field(a, TENANT, ctx, secret, sizeof secret - 1, &box2, &box2_len), RC_OK);
    CHECK_INT(box_len, 1 + 24 + 20 + 16);
    CHECK(memcmp(box, box2, box_len) != 0);
    CHECK_INT(seal_open_field(a, TENANT, ctx, box, box_len, &plain, &len), RC_OK);
    CHECK_INT(len, sizeof secret - 1);
    CHECK_STR(plain, secret);
    CHECK_INT(seal_open_field(a, OTHER, ctx, box, box_len, &plain, &len), RC_FAULT);
    CHECK_INT(seal_open_field(a, TENANT, "client:notes:0192", box, box_len, &plain, &len), RC_FAULT);
    for (size_t k = 0; k < box_len; k++) {
        ((uint8_t *)box)[k] ^= 1;
        CHECK_INT(seal_open_field(a, TENANT, ctx, box, box_len, &plain, &len), RC_FAULT);
        ((uint8_t *)box)[k] ^= 1;
    }
    for (size_t k = 0; k < box_len; k++) CHECK_INT(seal_open_field(a, TENANT, ctx, box, k, &plain, &len), RC_FAULT);
    CHECK_INT(seal_field(a, TENANT, ctx, NULL, 0, &box, &box_len), RC_OK);
    CHECK_INT(seal_open_field(a, TENANT, ctx, box, box_len, &plain, &len), RC_OK);
    CHECK_INT(len, 0);
    test_fail_alloc_at = 1;
    CHECK_INT(seal_field(a, TENANT, ctx, secret, 4, &box2, &box2_len), RC_OOM);
    test_fail_alloc_at = 1;
    CHECK_INT(seal_open_field(a, TENANT, ctx, box, box_len, &plain, &len), RC_OOM);
    test_fail_alloc_at = 0;
    arena_free(a);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    snprintf(folder, sizeof folder, "/tmp/clinicd-seal-XXXXXX");
    REQUIRE(mkdtemp(folder) != NULL && seal_init() == RC_OK);
    uint8_t key[32] = { 1 };
    RUN(key_file_is_made_once);
    RUN(bad_key_files_are_refused);
    seal_key_set(key);
    RUN(passwords_verify);
    RUN(unknown_account_takes_as_long);
    RUN(tokens_are_random_and_hashed);
    RUN(derived_values_are_bound);
    RUN(links_open_only_as_made);
    RUN(fields_open_only_in_their_place);
    static const char *const names[] = { "made.key", "made2.key", "hex.key", "raw.key", "k" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    return TEST_DONE();
}
