/* demo_people.c - names as they come through the door: short, long, with marks, in several scripts. */
#include "modules/demo/demo.h"
#include <string.h>

static const char *const first_names[] = { "Ana", "Andrei", "Ștefan", "Ioana", "Mihai", "Elena", "Țvetana", "Gheorghe", "Măriuca", "Ilinca", "Zsófia", "Ákos",
    "Łukasz", "Małgorzata", "Jürgen", "Käthe", "François", "Chloé", "Søren", "Åsa", "Núria", "Joaquín", "Iñaki", "João", "Conceição", "Siobhán", "Aoife",
    "Dvořák", "Kateřina", "Ozan", "Gülşen", "İbrahim", "Nguyễn", "Thảo", "Yuki", "Wei", "Priya", "Arjun", "Fatima", "Omar", "Leila", "Grace", "Oliver", "Emily",
    "Noah", "Sofia", "Maximilian-Alexander", "Bjørn", "Þórunn", "Anne-Marie" };
static const char *const last_names[] = { "Popescu", "Ionescu", "Constantinescu", "Dumitrașcu", "Țăndărică", "Brâncoveanu", "Szabó", "Kovács", "Wiśniewska",
    "Grzegorz-Brzęczyszczykiewicz", "Müller", "Weiß", "Großmann", "Lefèvre", "d'Aubigné", "Sørensen", "Ångström", "Puig i Cadafalch", "García Márquez", "Etxeberria",
    "dos Santos Ferreira", "O'Sullivan", "Ní Dhomhnaill", "Novák", "Yılmaz", "Çelik", "Trần", "Tanaka", "Li", "Ramanathan-Venkataraghavan", "Haddad", "El Amrani",
    "Brown", "Featherstonehaugh", "Smith", "van der Berg", "Jónsdóttir", "Papadopoulos", "Îndrei", "Roșca" };
static const char *const sources[] = { "Website", "Recommendation", "Walk-in", "Telephone" };
static const char *const notes[] = { "Prefers mornings", "Allergic to penicillin", "Needs step-free access", "Call, do not write", "Speaks Hungarian and some English" };

uint64_t demo_next(struct demo_random *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

int64_t demo_below(struct demo_random *r, int64_t n) { return (int64_t)(demo_next(r) >> 1) % n; }
bool demo_chance(struct demo_random *r, int percent) { return demo_below(r, 100) < percent; }
const char *demo_first_name(size_t i) { return first_names[i % ARRAY_LEN(first_names)]; }

/* Letters a to z of the name, so that the address is a plain one. */
static const char *address_of(struct arena *a, const char *name, size_t i)
{
    const char *folded = text_fold(a, name);
    char local[48];
    size_t n = 0;
    for (const char *p = folded; *p && n < sizeof local - 1; p++) {
        bool letter = *p >= 'a' && *p <= 'z', gap = *p == ' ' && n && local[n - 1] != '.';
        if (letter || gap) local[n++] = letter ? *p : '.';
    }
    while (n && local[n - 1] == '.') n--;
    local[n] = 0;
    return arena_printf(a, "%s%zu@example.com", local, i + 1);
}

void demo_client(struct arena *a, struct demo_random *r, size_t i, int64_t now, struct client_insert *out)
{
    const char *last = last_names[(i * 7 + i / ARRAY_LEN(last_names)) % ARRAY_LEN(last_names)];
    const char *name = arena_printf(a, "%s %s", demo_first_name(i * 3 + i / 50), last);
    int64_t age_days = demo_below(r, 900) + 30;
    *out = (struct client_insert){ .client = clients_default(), .patient_id = id_new(), .now = now - age_days * USEC_PER_DAY };
    out->client.id = id_new();
    out->client.name = name;
    out->client.email = demo_chance(r, 92) ? address_of(a, name, i) : NULL;
    out->client.phone = demo_chance(r, 88) ? arena_printf(a, "+40700%06zu", 100000 + i * 37 % 900000) : NULL;
    out->client.source = demo_chance(r, 60) ? sources[demo_below(r, ARRAY_LEN(sources))] : NULL;
    out->client.notes = demo_chance(r, 12) ? notes[demo_below(r, ARRAY_LEN(notes))] : NULL;
    out->client.date_of_birth = demo_chance(r, 70) ? date_from_civil(1940 + demo_below(r, 65), 1 + (int)demo_below(r, 12), 1 + (int)demo_below(r, 28)) : NONE;
    out->client.locale = demo_chance(r, 50) ? "ro" : NULL;
    clients_prepare(a, out);
}
