/* test_documents.c - invoices, receipts, credit notes: numbers without gaps whoever issues and fails at once, papers that stay what they were, and the ledger
 * even after what was taken back. The PDF is read by pdftotext. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HANDS = 16, EACH = 3, ORDERS = HANDS * EACH };
static struct clinic c, d;
static struct who staff, viewer;
static char order[UUID_TEXT], invoice[UUID_TEXT], orders[ORDERS][UUID_TEXT], bad_order[UUID_TEXT], read_back[1 << 18];
static atomic_int issued, refused, other;
static int made;
#define CLOSED_REF "0190cccc-0000-7000-8000-00000000dead"

static const char *new_id(void) { return at("0190dddd-%04x-7000-8000-%012x", (unsigned)getpid() & 0xffff, (unsigned)++made); }

/* An order as the till would make it: one line of 119.00 with 19.00 tax in it, one of 50.05 without. */
static void make_order(char out[UUID_TEXT], const char *state, const char *ref)
{
    char mine[UUID_TEXT], tenant[80];
    snprintf(mine, sizeof mine, "%s", new_id());
    snprintf(tenant, sizeof tenant, "%s", api_sql_id(c.tenant));
    bool paid = strcmp(state, "paid") == 0;
    api_sql("INSERT INTO client_order (tenant_id, id, client_id, location_id, currency, state, source, tax_included, gross_minor, discount_minor, tax_minor, total_minor,"
            " due_minor, paid_minor, refunded_minor, kept_minor, invoiced, version, created_at, updated_at)"
            " VALUES (%s, %s, %s, %s, 'EUR', '%s', 'staff', 1, 16905, 0, 1900, 16905, 0, %d, 0, 0, 0, 1, 1, 1)",
        tenant, at("%s", api_sql_id(mine)), at("%s", api_sql_id(c.client[0])), at("%s", api_sql_id(c.location)), state, paid ? 16905 : 0);
    api_sql("INSERT INTO client_order_line (tenant_id, order_id, position, kind, ref_id, description, quantity, unit_minor, discount_minor, tax_name, tax_ppm, tax_minor, total_minor)"
            " VALUES (%s, %s, 1, 'service', %s, 'Cleaning, with a very long explanation of all that was done', 1, 11900, 0, 'VAT 19 %%', 190000, 1900, 11900)",
        tenant, at("%s", api_sql_id(mine)), at("%s", api_sql_id(ref ? ref : c.plain)));
    api_sql("INSERT INTO client_order_line (tenant_id, order_id, position, kind, description, quantity, unit_minor, discount_minor, tax_ppm, tax_minor, total_minor)"
            " VALUES (%s, %s, 2, 'fee', 'Щетка', 1, 5005, 0, 0, 0, 5005)", tenant, at("%s", api_sql_id(mine)));
    memcpy(out, mine, UUID_TEXT);
}

static void make_payment(char out[UUID_TEXT], const char *of, const char *state)
{
    char mine[UUID_TEXT];
    snprintf(mine, sizeof mine, "%s", new_id());
    bool there = strcmp(state, "succeeded") == 0;
    api_sql("INSERT INTO payment (tenant_id, id, order_id, currency, method, state, dispute, amount_minor, refunded_minor, account_code, reference, live, actor_kind, version,"
            " created_at, updated_at, succeeded_at) VALUES (%s, %s, %s, 'EUR', 'terminal', '%s', 'none', 16905, 0, 'world:terminal', 'Slip 7', 1, 'member', 1, 1, 1, %s)",
        at("%s", api_sql_id(c.tenant)), at("%s", api_sql_id(mine)), at("%s", api_sql_id(of)), state, there ? "1700000000000000" : "NULL");
    memcpy(out, mine, UUID_TEXT);
}

static int64_t in_ledger(const char *code)
{
    struct answer *r = api_get(&c.owner, "/ledger/accounts?limit=200");
    for (size_t i = 0; i < api_count(r, "data"); i++)
        if (strcmp(api_str(r, at("data[%zu].code", i)), code) == 0) return json_integer_value(api_json(r, at("data[%zu].balance", i)));
    return 0;
}

static const char *pdf_text(const struct answer *a)
{
    char path[100], command[200];
    snprintf(path, sizeof path, "/tmp/document-%d.pdf", (int)getpid());
    FILE *f = fopen(path, "wb");
    REQUIRE(f && fwrite(a->body, 1, a->len, f) == a->len);
    fclose(f);
    snprintf(command, sizeof command, "pdftotext -layout %s -", path);
    FILE *p = popen(command, "r");
    REQUIRE(p);
    read_back[fread(read_back, 1, sizeof read_back - 1, p)] = 0;
    CHECK_INT(pclose(p), 0);
    unlink(path);
    return read_back;
}

static void check_on_paper(const char *const *wanted)
{
    for (; *wanted; wanted++) {
        if (!strstr(read_back, *wanted)) fprintf(stderr, "  not on the paper: %s\n%s\n", *wanted, read_back);
        CHECK(strstr(read_back, *wanted) != NULL);
    }
}

static void test_settings(void)
{
    struct answer *r = api_get(&viewer, "/document-settings");
    EXPECT(r, 200, NULL);
    CHECK_STR(api_str(r, "data.invoice_prefix"), "INV-");
    CHECK_INT(api_int(r, "data.next_invoice"), 1);
    EXPECT(api_patch(&staff, "/document-settings", "{\"tax_id\":\"X\"}"), 403, "FORBIDDEN");
    EXPECT(api_patch(&c.owner, "/document-settings", "{\"receipt_prefix\":\"INV-\"}"), 422, "VALIDATION_ERROR");
    r = api_patch(&c.owner, "/document-settings", "{\"invoice_prefix\":\" \",\"credit_note_prefix\":\"\"}");
    EXPECT(r, 422, "VALIDATION_ERROR");
    CHECK(*api_str(r, "details.fields.invoice_prefix") && *api_str(r, "details.fields.credit_note_prefix"));
    r = api_patch(&c.owner, "/document-settings", js("{'tax_id':'VAT no. RO123','legal_name':'Smile SRL','legal_text':'Registered J40/1','notes':'IBAN RO49','next_invoice':41}"));
    EXPECT(r, 200, NULL);
    CHECK_INT(api_int(r, "data.next_invoice"), 41);
    CHECK_INT(api_int(api_get(&d.owner, "/document-settings"), "data.next_invoice"), 1);
}

static void test_invoice(void)
{
    make_order(order, "open", NULL);
    EXPECT(api_post(&viewer, at("/orders/%s/invoice", order), "{}"), 403, "FORBIDDEN");
    EXPECT(api_post(&d.owner, at("/orders/%s/invoice", order), "{}"), 404, "NOT_FOUND");
    struct answer *r = api_post(&staff, at("/orders/%s/invoice", order), "{}");
    NEED(r, 201, NULL);
    keep_id(invoice, r, "data.id");
    CHECK_INT(api_int(r, "data.serial"), 41);
    CHECK_STR(api_str(r, "data.number"), at("INV-%.4s-00041", day_date(0)));
    CHECK_INT(api_int(r, "data.total_minor"), 16905);
    CHECK_INT(api_int(r, "data.tax_minor"), 1900);
    CHECK_INT(api_count(r, "data.lines"), 2);
    r = api_post(&staff, at("/orders/%s/invoice", order), "{}");
    EXPECT(r, 201, NULL);
    CHECK_STR(api_str(r, "data.id"), invoice);
    CHECK_INT(in_ledger(at("receivable:%s", c.client[0])), 16905);
    CHECK_INT(in_ledger(at("revenue:%s", c.plain)), 10000);
    CHECK_INT(in_ledger("tax:190000"), 1900);
    EXPECT(api_patch(&c.owner, "/document-settings", "{\"next_invoice\":90}"), 409, NULL);
    EXPECT(api_get(&d.owner, at("/documents/%s", invoice)), 404, "NOT_FOUND");
    EXPECT(api_get(&d.owner, at("/documents/%s/pdf", invoice)), 404, "NOT_FOUND");
}

/* The paper says all of it, and goes on saying it when the clinic has another name. */
static void test_paper(void)
{
    struct answer *r = api_get(&viewer, at("/documents/%s/pdf", invoice));
    NEED(r, 200, NULL);
    CHECK_STR(api_header(r, "Content-Type"), "application/pdf");
    pdf_text(r);
    check_on_paper((const char *const[]){ "Smile SRL", "VAT no. RO123", "Invoice", at("INV-%.4s-00041", day_date(0)), "Cleaning, with", "Щетка", "119.00", "50.05", "169.05", "150.05",
        "VAT 19 %", "19.00", "IBAN RO49", "Registered J40/1", "Amount due", NULL });
    EXPECT(api_patch(&c.owner, "/tenant", "{\"name\":\"Another name\",\"brand_color\":\"#ff0000\"}"), 200, NULL);
    struct answer *again = api_get(&viewer, at("/documents/%s/pdf", invoice));
    CHECK(again->len == r->len && memcmp(again->body, r->body, r->len) == 0);
    r = api_get(&viewer, at("/documents?number=INV-%.4s-00041", day_date(0)));
    CHECK_STR(api_str(r, "data[0].id"), invoice);
    CHECK_INT(api_count(api_get(&viewer, at("/documents?order_id=%s&kind=receipt", order)), "data"), 0);
}

/* What is still to be paid, as the order and the list of invoices say it. */
static int64_t asked(const char *of)
{
    struct answer *r = api_get(&viewer, at("/documents?order_id=%s&kind=invoice", of));
    int64_t listed = api_int(r, "data[0].open_minor");
    int64_t open = api_int(api_get(&viewer, at("/orders/%s", of)), "data.open_minor");
    CHECK_INT(listed, open);
    return open;
}

static struct answer *credit(const char *of, const char *lines)
{
    return api_post(&staff, at("/documents/%s/credit-note", of), js("{'reason':'Done twice'%s}", lines));
}

/* In three parts, by two hands at once for the last of them; then nothing is left, and every account is where it was. */
static void test_credit_notes(void)
{
    struct answer *r = credit(invoice, ",'lines':[{'position':1,'total_minor':3333}]");
    NEED(r, 201, NULL);
    CHECK_INT(api_int(r, "data.tax_minor"), 532); /* 3333 * 1900 / 11900 = 532.15 */
    CHECK_INT(api_int(r, "data.serial"), 1);
    CHECK_INT(asked(order), 16905 - 3333);
    EXPECT(api_post(&staff, at("/documents/%s/credit-note", api_str(r, "data.id")), "{\"reason\":\"x\"}"), 409, NULL);
    pdf_text(api_get(&viewer, at("/documents/%s/pdf", api_str(r, "data.id"))));
    check_on_paper((const char *const[]){ "Credit note", at("CN-%.4s-00001", day_date(0)), at("INV-%.4s-00041", day_date(0)), "33.33", "Done twice", NULL });
    r = credit(invoice, ",'lines':[{'position':1,'total_minor':8568}]");
    EXPECT(r, 409, "INSUFFICIENT_FUNDS");
    CHECK_INT(api_int(r, "details.left_minor"), 8567);
    EXPECT(credit(invoice, ",'lines':[{'position':3,'total_minor':1}]"), 422, "VALIDATION_ERROR");
    EXPECT(credit(invoice, ",'lines':[{'position':1,'total_minor':1},{'position':1,'total_minor':1}]"), 422, "VALIDATION_ERROR");
    EXPECT(credit(invoice, ",'lines':[{'position':2,'total_minor':5005}]"), 201, NULL);
    r = credit(invoice, "");
    NEED(r, 201, NULL);
    CHECK_INT(api_int(r, "data.total_minor"), 8567);
    CHECK_INT(api_int(r, "data.tax_minor"), 1900 - 532);
    EXPECT(credit(invoice, ""), 409, NULL);
    CHECK_INT(api_int(api_get(&viewer, at("/documents/%s", invoice)), "data.credited_minor"), 16905);
    CHECK_INT(in_ledger(at("receivable:%s", c.client[0])), 0);
    CHECK_INT(in_ledger(at("revenue:%s", c.plain)), 0);
    CHECK_INT(in_ledger("tax:190000"), 0);
    CHECK_INT(asked(order), 0); /* nothing of it is owed any more, and nothing of it was paid */
    CHECK_STR(api_str(api_get(&viewer, at("/orders/%s", order)), "data.state"), "cancelled");
}

/* Paid in part, the rest taken back: it is paid. More than is open now is not taken. */
static void test_credit_of_the_rest(void)
{
    char of[UUID_TEXT], paper[UUID_TEXT];
    make_order(of, "open", NULL);
    struct answer *r = api_post(&staff, at("/orders/%s/invoice", of), "{}");
    NEED(r, 201, NULL);
    CHECK_INT(api_int(r, "data.open_minor"), 16905);
    keep_id(paper, r, "data.id");
    EXPECT(api_post(&staff, at("/orders/%s/payments", of), "{\"method\":\"terminal\",\"amount_minor\":10000}"), 201, NULL);
    CHECK_INT(asked(of), 6905);
    EXPECT(credit(paper, ",'lines':[{'position':2,'total_minor':5005}]"), 201, NULL);
    CHECK_INT(asked(of), 1900);
    EXPECT(api_post(&staff, at("/orders/%s/payments", of), "{\"method\":\"terminal\",\"amount_minor\":1901}"), 422, NULL);
    EXPECT(credit(paper, ",'lines':[{'position':1,'total_minor':1900}]"), 201, NULL);
    CHECK_INT(asked(of), 0);
    r = api_get(&viewer, at("/orders/%s", of));
    CHECK_STR(api_str(r, "data.state"), "paid");
    CHECK_INT(api_int(r, "data.credited_minor"), 6905);
    CHECK_INT(in_ledger(at("receivable:%s", c.client[0])), 0);
    CHECK_INT(in_ledger(at("revenue:%s", c.plain)) + in_ledger("tax:190000") + in_ledger("revenue:fee"), 10000);
    EXPECT(credit(paper, ""), 201, NULL); /* the money of it goes back by a refund */
    r = api_post(&c.owner, at("/orders/%s/refunds", of), "{\"reason\":\"Not done\"}");
    EXPECT(r, 201, NULL);
    CHECK_INT(in_ledger(at("receivable:%s", c.client[0])), 0);
    CHECK(api_stop_soft());
    CHECK_INT(api_command((const char *const[]){ "verify", "orders", NULL }), 0);
    CHECK_INT(api_command((const char *const[]){ "verify", "ledger", NULL }), 0);
    api_again();
}

static void test_receipt(void)
{
    char payment[UUID_TEXT], waiting[UUID_TEXT], of[UUID_TEXT];
    make_order(of, "paid", NULL);
    make_payment(payment, of, "succeeded");
    make_payment(waiting, of, "created");
    EXPECT(api_post(&staff, at("/payments/%s/receipt", waiting), "{}"), 409, NULL);
    struct answer *r = api_post(&staff, at("/payments/%s/receipt", payment), "{}");
    NEED(r, 201, NULL);
    char first[UUID_TEXT];
    keep_id(first, r, "data.id");
    CHECK_INT(api_int(r, "data.serial"), 1); /* the one that was refused gave its number back */
    CHECK_STR(api_str(api_post(&staff, at("/payments/%s/receipt", payment), "{}"), "data.id"), first);
    pdf_text(api_get(&viewer, at("/documents/%s/pdf", first)));
    check_on_paper((const char *const[]){ "Receipt", "Card terminal", "Slip 7", "169.05", NULL });
}

/* The mail's link opens this document for whoever has it, and nothing else does. */
static void test_sent(void)
{
    EXPECT(api_post(&viewer, at("/documents/%s/send", invoice), "{}"), 403, "FORBIDDEN");
    EXPECT(api_patch(&c.owner, at("/clients/%s", c.client[0]), "{\"email\":\"payer@example.org\"}"), 200, NULL);
    EXPECT(api_post(&staff, at("/documents/%s/send", invoice), "{}"), 204, NULL);
    for (int i = 0; i < 200 && !letters_beginning(at("%s.document", invoice)); i++) api_sleep_ms(50);
    char name[200] = "", token[120];
    struct letter m;
    FILE *p = popen(at("ls %s/mail | grep %s.document", api_data(), invoice), "r");
    REQUIRE(p && fgets(name, sizeof name, p) && strstr(name, "@clinicd"));
    pclose(p);
    *strstr(name, "@clinicd") = 0;
    REQUIRE(letter_wait(name, 5000, &m) && letter_token(&m, "/public/documents/", token));
    CHECK(strstr(m.text, at("INV-%.4s-00041", day_date(0))) != NULL);
    CHECK(strstr(m.text, "Amount: ") && strstr(m.text, "<h1") && strstr(m.text, "prefers-color-scheme"));
    letter_free(&m);
    struct answer *r = api_get(&nobody, at("/public/documents/%s", token));
    NEED(r, 200, NULL);
    CHECK(strstr(pdf_text(r), at("INV-%.4s-00041", day_date(0))) != NULL);
    EXPECT(api_get(&nobody, at("/public/documents/%.60sAAAA", token)), 404, "NOT_FOUND");
}

/* A number out of the database comes back through the notes of a client. */
static int64_t rows(const char *sql)
{
    api_sql("UPDATE client SET notes = CAST((%s) AS TEXT) WHERE id = %s", sql, api_sql_id(c.client[2]));
    return strtoll(api_str(api_get(&c.owner, at("/clients/%s", c.client[2])), "data.notes"), NULL, 10);
}

/* What the staff takes gets its paper only where the clinic wants it; then once, whoever presses the button. */
static void test_receipt_by_itself(void)
{
    char of[UUID_TEXT], payment[UUID_TEXT], paper[UUID_TEXT];
    const char *terminal = "{\"method\":\"terminal\",\"amount_minor\":5000}";
    make_order(of, "open", NULL);
    EXPECT(api_post(&staff, at("/orders/%s/payments", of), terminal), 201, NULL);
    CHECK_INT(rows("SELECT COUNT(*) FROM job WHERE kind = 'documents.receipt'"), 0);
    struct answer *r = api_patch(&c.owner, "/document-settings", "{\"receipts_desk\":true}");
    EXPECT(r, 200, NULL);
    CHECK(json_is_true(api_json(r, "data.receipts_online")) && json_is_true(api_json(r, "data.receipts_desk")));
    r = api_post(&staff, at("/orders/%s/payments", of), terminal);
    NEED(r, 201, NULL);
    keep_id(payment, r, "data.payments[1].id");
    for (int i = 0; i < 200 && !api_count(r, "data"); i++) {
        api_sleep_ms(50);
        r = api_get(&viewer, at("/documents?order_id=%s&kind=receipt", of));
    }
    NEED(r, 200, NULL);
    CHECK_INT(api_count(r, "data"), 1);
    CHECK_STR(api_str(r, "data[0].payment_id"), payment);
    keep_id(paper, r, "data[0].id");
    for (int i = 0; i < 200 && !letters_beginning(at("%s.document", paper)); i++) api_sleep_ms(50);
    CHECK_INT(letters_beginning(at("%s.document", paper)), 1);
    CHECK_STR(api_str(api_post(&staff, at("/payments/%s/receipt", payment), "{}"), "data.id"), paper);
    CHECK_INT(rows("SELECT COUNT(*) FROM job WHERE kind = 'documents.receipt'"), 1);
    EXPECT(api_patch(&c.owner, "/document-settings", "{\"receipts_desk\":false}"), 200, NULL);
}

/* Each issues its own orders, everybody the same one, and in between one whose ledger refuses after the number was drawn. */
static void *hand(void *arg)
{
    struct conn *conn = conn_open();
    int me = (int)(intptr_t)arg;
    for (int i = 0; i < EACH; i++) {
        struct answer *r = api_call(conn, &staff, "POST", at("/orders/%s/invoice", orders[me * EACH + i]), "{}");
        atomic_fetch_add(r->status == 201 ? &issued : &other, 1);
        r = api_call(conn, &staff, "POST", at("/orders/%s/invoice", bad_order), "{}");
        atomic_fetch_add(r->status == 409 ? &refused : &other, 1);
        r = api_call(conn, &staff, "POST", at("/orders/%s/invoice", orders[i]), "{}");
        if (r->status != 201) atomic_fetch_add(&other, 1);
    }
    conn_close(conn);
    return NULL;
}

static void test_no_gaps(void)
{
    pthread_t threads[HANDS];
    static char seen[1000];
    char account[UUID_TEXT];
    struct answer *r = api_post(&c.owner, "/ledger/accounts", js("{'code':'revenue:" CLOSED_REF "','unit':'EUR'}"));
    NEED(r, 201, NULL);
    keep_id(account, r, "data.id");
    api_sql("UPDATE ledger_account SET closed = 1 WHERE id = %s", api_sql_id(account)); /* so that the ledger refuses after the number was drawn */
    for (int i = 0; i < ORDERS; i++) make_order(orders[i], "open", NULL);
    make_order(bad_order, "open", CLOSED_REF);
    for (intptr_t i = 0; i < HANDS; i++) REQUIRE(pthread_create(&threads[i], NULL, hand, (void *)i) == 0);
    for (int i = 0; i < HANDS; i++) pthread_join(threads[i], NULL);
    CHECK_INT(other, 0);
    CHECK_INT(issued, ORDERS);
    CHECK_INT(refused, ORDERS);
    int n = 0;
    const char *cursor = "";
    do {
        r = api_get(&viewer, at("/documents?kind=invoice&limit=50%s%s", *cursor ? "&cursor=" : "", cursor));
        NEED(r, 200, NULL);
        for (size_t i = 0; i < api_count(r, "data"); i++, n++) {
            int64_t serial = api_int(r, at("data[%zu].serial", i));
            REQUIRE(serial > 0 && serial < 1000);
            CHECK_INT(seen[serial]++, 0);
        }
        cursor = at("%s", api_str(r, "meta.pagination.next_cursor"));
    } while (*cursor);
    CHECK_INT(n, ORDERS + 2);
    for (int i = 41; i <= 42 + ORDERS; i++) CHECK_INT(seen[i], 1);
    memset(seen, 0, sizeof seen);
    issued = refused = other = 0;
    r = api_get(&c.owner, "/ledger/trial-balance");
    CHECK_INT(api_int(r, "data.units[0].difference"), 0);
}

static bool proves(void) { return api_command((const char *const[]){ "verify", "documents", NULL }) == 0; }

/* After everything that was issued above, and what somebody changed behind the program's back is seen. Documents themselves the database does not let anybody change. */
static void test_proof(void)
{
    static const char *const wrongs[][2] = {
        { "UPDATE document_series SET last = last + 1 WHERE kind = 'invoice'", "UPDATE document_series SET last = last - 1 WHERE kind = 'invoice'" },
        { "UPDATE document_series SET first_serial = first_serial - 1 WHERE kind = 'invoice'", "UPDATE document_series SET first_serial = first_serial + 1 WHERE kind = 'invoice'" },
        { "UPDATE document_series SET used = 0 WHERE kind = 'receipt'", "UPDATE document_series SET used = 1 WHERE kind = 'receipt'" },
        { "UPDATE document_series SET year = year + 1 WHERE kind = 'credit_note'", "UPDATE document_series SET year = year - 1 WHERE kind = 'credit_note'" },
        { "UPDATE client_order_line SET tax_minor = tax_minor + 1 WHERE position = 2", "UPDATE client_order_line SET tax_minor = tax_minor - 1 WHERE position = 2" },
        { "UPDATE client_order SET credited_minor = credited_minor - 1 WHERE credited_minor > 0", "UPDATE client_order SET credited_minor = credited_minor + 1 WHERE credited_minor > 0" },
        { "UPDATE client_order SET invoiced = 1 - invoiced", "UPDATE client_order SET invoiced = 1 - invoiced" },
        { "UPDATE payment SET amount_minor = amount_minor + 1 WHERE state = 'succeeded'", "UPDATE payment SET amount_minor = amount_minor - 1 WHERE state = 'succeeded'" } };
    CHECK(api_stop_soft());
    CHECK(proves());
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        api_sql("%s", wrongs[i][0]);
        if (proves()) fprintf(stderr, "  not seen: %s\n", wrongs[i][0]);
        CHECK(!proves());
        api_sql("%s", wrongs[i][1]);
    }
    CHECK(proves());
    api_again();
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_LOG=warn", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "papers-c");
        clinic_make(&d, "papers-d");
        staff = clinic_member(&c, "staff");
        viewer = clinic_member(&c, "viewer");
        RUN(test_settings);
        RUN(test_invoice);
        RUN(test_paper);
        RUN(test_credit_notes);
        RUN(test_credit_of_the_rest);
        RUN(test_receipt);
        RUN(test_sent);
        RUN(test_receipt_by_itself);
        RUN(test_no_gaps);
        RUN(test_proof);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
