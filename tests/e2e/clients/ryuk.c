/* Stands in for testcontainers' reaper, whose image tests can't pull: the same protocol (https://github.com/testcontainers/moby-ryuk) in a
 * static program. Clients send filters, a line each, and get an ACK for each. When the last client has gone, and no other comes within
 * RYUK_RECONNECTION_TIMEOUT, everything that the filters match is removed through /var/run/docker.sock. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char filters[64][512];
static int count;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* The answer to a request, with its head. */
static char *ask(const char *method, const char *path)
{
    static char answer[1 << 20];
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/var/run/docker.sock"};
    char request[4096];
    size_t length = 0;
    ssize_t n;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        die("/var/run/docker.sock");
    snprintf(request, sizeof request, "%s %s HTTP/1.0\r\nHost: docker\r\n\r\n", method, path);
    if (write(fd, request, strlen(request)) < 0)
        die("write");
    while ((n = read(fd, answer + length, sizeof answer - 1 - length)) > 0)
        length += n;
    answer[length] = 0;
    close(fd);
    return answer;
}

static int hex(const char *text, char *encoded)
{
    int length = 0;
    for (; *text; text++)
        length += sprintf(encoded + length, "%%%02X", (unsigned char)*text);
    return length;
}

/* Removes what one kind of objects has with this label; how many. */
static int prune(const char *label, const char *list, const char *key, const char *object)
{
    char json[1024], encoded[4096], path[8192], *names, *at;
    int removed = 0;
    snprintf(json, sizeof json, "{\"label\":[\"%s\"]}", label);
    hex(json, encoded);
    snprintf(path, sizeof path, list, encoded);
    names = strdup(ask("GET", path));
    for (at = names; (at = strstr(at, key));) {
        char *name = at += strlen(key);
        at = strchr(at, '"');
        if (!at)
            break;
        *at++ = 0;
        snprintf(path, sizeof path, object, name);
        removed += strstr(ask("DELETE", path), " 204 ") != NULL;
    }
    free(names);
    return removed;
}

/* Takes the filters of a client until it goes. */
static void serve(int fd)
{
    FILE *input = fdopen(fd, "r+");
    char line[512];
    while (input && fgets(line, sizeof line, input)) {
        line[strcspn(line, "\r\n")] = 0;
        for (char *part = strtok(line, "&"); part; part = strtok(NULL, "&"))
            if (!strncmp(part, "label=", 6) && count < 64)
                strcpy(filters[count++], part + 6);
        if (write(fd, "ACK\n", 4) != 4)
            break;
    }
    if (input)
        fclose(input);
}

int main(void)
{
    const char *timeout = getenv("RYUK_RECONNECTION_TIMEOUT");
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 16))
        die("8080");
    puts("reaper: Started!");
    fflush(stdout);
    for (int wait = 60000;;) {
        struct pollfd events = {.fd = listener, .events = POLLIN};
        if (poll(&events, 1, wait) <= 0)
            break;
        serve(accept(listener, NULL, NULL));
        wait = (timeout ? atoi(timeout) : 10) * 1000;
    }
    int containers = 0, networks = 0, volumes = 0;
    for (int at = 0; at < count; at++) {
        containers += prune(filters[at], "/containers/json?all=1&filters=%s", "\"Id\":\"", "/containers/%s?force=1&v=1");
        networks += prune(filters[at], "/networks?filters=%s", "\"Id\":\"", "/networks/%s");
        volumes += prune(filters[at], "/volumes?filters=%s", "\"Name\":\"", "/volumes/%s?force=1");
    }
    printf("Removed %d container(s), %d network(s), %d volume(s)\n", containers, networks, volumes);
    return 0;
}
