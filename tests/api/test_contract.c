/* test_contract.c - the program held to its own description: contract_fuzz.py sends what the OpenAPI document allows and what
 * it does not, in every role, and looks at every answer. Seed and number of rounds are fixed, so that a failure comes again, on
 * any machine; the seconds only end what hangs. */
#include "tests/lib/api.h"
#include "tests/lib/test.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void everything_is_as_described(void)
{
    char base[64], mail[700];
    int status = 0;
    snprintf(base, sizeof base, "http://127.0.0.1:%d", api_port());
    snprintf(mail, sizeof mail, "%s/mail", api_data());
    fflush(NULL);
    pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        dup2(1, 2);
        execlp("python3", "python3", "tests/lib/contract_fuzz.py", base, "--password", API_DEMO_PASSWORD, "--mail", mail, "--rounds", "20", "--seconds", "250",
            "--seed", "20261122", (char *)NULL);
        _exit(127);
    }
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK_INT(WIFEXITED(status) ? WEXITSTATUS(status) : 128, 0);
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_RATE_LOGIN_PER_MINUTE=1000000", "CLINICD_RATE_BOOKING_PER_MINUTE=1000000",
        "CLINICD_RATE_PUBLIC_PER_MINUTE=1000000", "CLINICD_LOG=warn", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env, .demo = true });
        RUN(everything_is_as_described);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
