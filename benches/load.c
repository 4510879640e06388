/* Clients of an HTTP server at a Unix socket that ask the same again and again, and cost next to nothing beside the server: each writes its
 * request, reads the whole answer, and asks again.
 *
 *   load SOCKET PATH COUNT CLIENTS
 *
 * prints requests a second (of all clients together), the median and the 99th percentile of milliseconds. Each client makes COUNT requests.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_un server = {.sun_family = AF_UNIX};
static char request[4096];
static int count;
static pthread_barrier_t ready;

static void die(const char *what) {
    perror(what);
    exit(125);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* Whether the answer that begins with these bytes has come whole. */
static int whole(const char *answer, size_t have) {
    const char *body = memmem(answer, have, "\r\n\r\n", 4);
    if (!body)
        return 0;
    body += 4;
    if (strncmp(answer, "HTTP/1.1 200 ", 13)) {
        fprintf(stderr, "load: %.*s\n", (int)have, answer);
        exit(125);
    }
    for (const char *line = answer; line < body - 2; line = strstr(line, "\r\n") + 2)
        if (!strncasecmp(line, "content-length: ", 16))
            return have == (size_t)(body - answer) + strtoul(line + 16, NULL, 10);
    /* In chunks, of which the last is empty; JSON has no line ends of that kind. */
    return !memcmp(answer + have - 5, "0\r\n\r\n", 5);
}

static void *client(void *out) {
    double *times = out;
    size_t room = 4 << 20, length = strlen(request);
    char *answer = malloc(room);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!answer || fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server))
        die(server.sun_path);
    pthread_barrier_wait(&ready);
    for (int i = 0; i < count; i++) {
        double begun = now();
        if (send(fd, request, length, MSG_NOSIGNAL) != (ssize_t)length)
            die("send");
        for (size_t have = 0; !have || !whole(answer, have);) {
            ssize_t got = recv(fd, answer + have, room - have, 0);
            if (got <= 0)
                die("recv");
            have += got;
        }
        times[i] = now() - begun;
    }
    return NULL;
}

static int order(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    int clients = argc == 5 ? atoi(argv[4]) : 0;
    count = argc == 5 ? atoi(argv[3]) : 0;
    if (clients < 1 || count < 1 || strlen(argv[1]) >= sizeof server.sun_path) {
        fprintf(stderr, "usage: load SOCKET PATH COUNT CLIENTS\n");
        return 125;
    }
    strcpy(server.sun_path, argv[1]);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[2]);
    int all = count * clients;
    double *times = calloc(all, sizeof *times);
    pthread_t threads[clients];
    pthread_barrier_init(&ready, NULL, clients + 1);
    for (int i = 0; i < clients; i++)
        if (!times || pthread_create(&threads[i], NULL, client, times + i * count))
            die("load");
    pthread_barrier_wait(&ready);
    double begun = now();
    for (int i = 0; i < clients; i++)
        pthread_join(threads[i], NULL);
    double spent = now() - begun;
    qsort(times, all, sizeof *times, order);
    printf("%.1f %.4f %.4f\n", all / spent * 1e3, times[all / 2], times[all - 1 - all / 100]);
    return 0;
}
