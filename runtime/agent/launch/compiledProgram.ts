/**
 * The launcher's program in C, for machines with a C compiler: the same frames and answers as in perl (launcherProgram.ts), with posix_spawn in place of
 * fork. A fork copies the page tables of the one that forks and then, page by page, what either touches; posix_spawn borrows the memory until the
 * program begins, and costs a third less for a small program. What is to run as another user or within limits takes vfork, because posix_spawn knows
 * neither. Linux only: session (POSIX_SPAWN_SETSID), orphans (PR_SET_CHILD_SUBREAPER).
 */

import { COMPILED_START } from "./compiledStart.ts";

/** Source text; no arguments, no libraries. */
export const COMPILED_PROGRAM = String.raw`
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int in, answers, away, in_child;
static posix_spawnattr_t attributes;
static sigset_t none;
/* What sets a process apart from us, of the launch at hand. */
static struct apart { int any, has_user, has_processors, has_memory; uid_t uid; gid_t gid, node_gid; cpu_set_t processors; struct rlimit memory; } apart;
static struct child { pid_t pid; int lingers; char id[24]; } *children;
static size_t child_count, child_room;
static char **words;
static size_t word_room;
static char out[65536];
static size_t out_used;

static void *enough(void *memory, size_t bytes) {
  void *more = realloc(memory, bytes);
  if (!more) exit(70);
  return more;
}

static void say_all(void) {
  for (size_t from = 0; from < out_used;) {
    ssize_t n = write(answers, out + from, out_used - from);
    if (n > 0) from += (size_t)n;
    else if (errno != EINTR) break;
  }
  out_used = 0;
}

static void say(const char *format, ...) {
  if (out_used > sizeof out - 256) say_all();
  va_list values;
  va_start(values, format);
  out_used += (size_t)vsnprintf(out + out_used, 256, format, values);
  va_end(values);
}

static void failed(const char *id, char stage, int error) { say("F %s %c %d\n", id, stage, error); }

static void make_parents(char *path) {
  for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
    *at = 0;
    mkdir(path, 0755);
    *at = '/';
  }
}

${COMPILED_START}

static unsigned long long start_ticks(pid_t pid) {
  char path[64], text[1024];
  unsigned long long ticks = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  int stat = open(path, O_RDONLY | O_CLOEXEC);
  if (stat < 0) return 0;
  ssize_t n = read(stat, text, sizeof text - 1);
  close(stat);
  text[n > 0 ? n : 0] = 0;
  char *at = strrchr(text, ')');
  for (int field = 0; at && field < 20; field++) at = strchr(at + 1, ' ');
  if (at) ticks = strtoull(at + 1, 0, 10);
  return ticks;
}

/* Fields with NUL between, and one at end: they are pointed at where they stand, and NAME NUL VALUE is made NAME=VALUE. */
static void launch(char *at, char *end) {
  size_t count = 0;
  for (char *field = at; field <= end; field += strlen(field) + 1) {
    if (count + 3 > word_room) words = enough(words, (word_room = 2 * word_room + 256) * sizeof *words);
    words[count++] = field;
  }
  if (count < 5) return;
  char *id = words[0], *flags = words[1], *directory = words[2];
  size_t argument_count = strtoul(words[3], 0, 10), first = 4 + argument_count;
  if (argument_count < 1 || first > count) return;
  away = 1;
  read_apart(flags);
  if (strchr(flags, 'f')) {
    int made = mkdir(directory, 0755);
    if (made && errno == ENOENT) { make_parents(directory); made = mkdir(directory, 0755); }
    if (made && errno == EEXIST) { say("O %s\n", id); return; }
    if (made || chdir(directory) || mkdir("wd", 0755)) { failed(id, 'd', errno); return; }
    if (apart.has_user && (chown("wd", apart.uid, apart.gid) || chown(".", apart.uid, apart.gid) || (strchr(flags, 'p') && chmod(".", 0700)))) {
      failed(id, 'd', errno);
      return;
    }
  } else if (chdir(directory)) { failed(id, 'd', errno); return; }
  int how = O_WRONLY | O_CREAT | (strchr(flags, 'a') ? O_APPEND : O_TRUNC);
  if (apart.has_user && !strchr(flags, 'a')) {
    how |= O_EXCL;
    unlink("stdout.txt");
    unlink("stderr.txt");
  }
  if (reopen(1, "stdout.txt", how) < 0 || reopen(2, "stderr.txt", how) < 0) { failed(id, 'f', errno); return; }
  if (enter_wd()) { failed(id, 'd', errno); return; }
  /* Arguments and environment each end in a null pointer: the arguments move one place down to make room for theirs. */
  memmove(words + 3, words + 4, argument_count * sizeof *words);
  words[3 + argument_count] = 0;
  char **environment = words + first, **to = environment;
  for (char **from = environment; from + 1 < words + count; from += 2) {
    from[1][-1] = '=';
    *to++ = *from;
  }
  *to = 0;
  pid_t pid;
  int error = apart.any ? start_apart(&pid, words + 3, environment) : start(&pid, words + 3, environment);
  if (error) { failed(id, error == EAGAIN || error == ENOMEM ? 'k' : 'p', error); return; }
  if (child_count == child_room) children = enough(children, (child_room = 2 * child_room + 64) * sizeof *children);
  struct child *child = &children[child_count++];
  child->pid = pid;
  child->lingers = strchr(flags, 'l') != 0;
  snprintf(child->id, sizeof child->id, "%s", id);
  say("S %s %d %llu\n", id, (int)pid, start_ticks(pid));
}

static void reap(int options) {
  int status;
  struct rusage used;
  for (pid_t pid; (pid = wait4(-1, &status, options, &used)) > 0;) {
    size_t at = 0;
    while (at < child_count && children[at].pid != pid) at++;
    if (at == child_count) continue;
    /* At once: while members are left the number cannot be used again, and without any it is not within microseconds. */
    int left = !children[at].lingers && kill(-pid, SIGKILL) == 0;
    double ticks = 100 * (used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e4;
    say("X %s %d %.2f %d\n", children[at].id, status, ticks, left);
    children[at] = children[--child_count];
  }
}

static int end_children(void) {
  char path[64], text[65536];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
  int list = open(path, O_RDONLY | O_CLOEXEC);
  if (list < 0) return 0;
  ssize_t n = read(list, text, sizeof text - 1);
  close(list);
  text[n > 0 ? n : 0] = 0;
  char *end;
  for (char *at = text; *at; at = end) {
    long pid = strtol(at, &end, 10);
    if (end == at) break;
    if (pid > 1) kill((pid_t)pid, SIGKILL);
  }
  return 1;
}

static void woken(int signal) { (void)signal; }

int main(void) {
  sigset_t child, all;
  sigemptyset(&none);
  sigfillset(&all);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_SETMASK, &child, 0);
  struct sigaction action = { .sa_handler = woken };
  for (int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, 0 }, i = 0; signals[i]; i++) sigaction(signals[i], &action, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  /* Our own ends move away: descriptors 0, 1 and 2 are what a task gets, and it gets no other. */
  in = fcntl(0, F_DUPFD_CLOEXEC, 3);
  answers = fcntl(1, F_DUPFD_CLOEXEC, 3);
  if (in < 0 || answers < 0 || reopen(0, "/dev/null", O_RDONLY) < 0) return 70;
  char *buffer = 0;
  size_t used = 0, room = 0;
  for (int ended = 0; !ended;) {
    struct pollfd input = { .fd = in, .events = POLLIN };
    int ready = ppoll(&input, 1, 0, &none);
    reap(WNOHANG);
    if (ready > 0) {
      if (room < used + 262145) buffer = enough(buffer, room = 2 * used + 262145);
      ssize_t n = read(in, buffer + used, room - used - 1);
      if (n == 0 || (n < 0 && errno != EINTR)) ended = 1;
      if (n > 0) used += (size_t)n;
      size_t at = 0;
      while (used - at >= 4) {
        unsigned char *header = (unsigned char *)buffer + at;
        size_t length = header[0] | header[1] << 8 | header[2] << 16 | (size_t)header[3] << 24;
        if (used - at - 4 < length) break;
        char *frame = buffer + at + 4, after = frame[length];
        frame[length] = 0;
        launch(frame, frame + length);
        frame[length] = after;
        at += 4 + length;
        /* A long row of launches: what has happened so far is told, and what has ended is waited for. */
        if (out_used > 512) { reap(WNOHANG); say_all(); }
      }
      memmove(buffer, buffer + at, used - at);
      used -= at;
    }
    if (out_used) say_all();
    /* Nothing to do: let go of the last task's directory and files. */
    if (away && !used) memset(&apart, 0, sizeof apart);
    if (away && !used) away = chdir("/") || reopen(1, "/dev/null", O_WRONLY) < 0 || reopen(2, "/dev/null", O_WRONLY) < 0;
  }
  for (size_t i = 0; i < child_count; i++) kill(-children[i].pid, SIGKILL);
  /* Every child, adopted ones too; what they leave comes to us in turn, and the list may miss one: so again and again. A kernel that
     does not list them leaves those to init. */
  while (end_children()) {
    pid_t ended;
    while ((ended = waitpid(-1, 0, WNOHANG)) > 0);
    if (ended < 0 && errno != EINTR) break;
    poll(0, 0, 5);
  }
  return 0;
}
`;
