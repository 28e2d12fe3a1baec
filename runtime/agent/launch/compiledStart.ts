/**
 * The part of the compiled launcher's program (compiledProgram.ts) that begins one process: its output files, who it is and within what limits, and where its
 * program is. It stands on the globals of the whole: `attributes`, `none`, `apart`, `in_child`.
 */

/** Source text, as it stands in the whole, without a line break at its end. */
export const COMPILED_START = `/* In a directory that belongs to another user nothing is what it seems: no links are followed, and what is not a plain file is not waited for. */
static int reopen(int descriptor, const char *path, int flags) {
  int opened = open(path, flags | O_CLOEXEC | (apart.has_user ? O_NOFOLLOW | O_NONBLOCK : 0), 0644);
  if (opened < 0) return -1;
  struct stat found;
  if (apart.has_user && (fstat(opened, &found) || !S_ISREG(found.st_mode) || found.st_nlink != 1 || fchown(opened, apart.uid, apart.gid))) {
    close(opened);
    errno = EACCES;
    return -1;
  }
  int moved = dup2(opened, descriptor);
  close(opened);
  return moved;
}

static int begin(pid_t *pid, char *path, char **arguments, char **environment) {
  if (!in_child) return posix_spawn(pid, path, 0, &attributes, arguments, environment);
  execve(path, arguments, environment);
  return errno;
}

/* 0 or the error. A script that does not say whose it is goes to the shell, as with every execvp; there is room for it before the arguments. */
static int start_at(pid_t *pid, char *path, char **arguments, char **environment) {
  int error = begin(pid, path, arguments, environment);
  if (error != ENOEXEC) return error;
  char *program = arguments[0];
  arguments[-1] = "/bin/sh";
  arguments[0] = path;
  error = begin(pid, "/bin/sh", arguments - 1, environment);
  arguments[0] = program;
  return error;
}

/* A program without a slash is looked for along the PATH of its own environment. */
static int start(pid_t *pid, char **arguments, char **environment) {
  char *program = arguments[0], *path = "/usr/bin:/bin";
  if (strchr(program, '/')) return start_at(pid, program, arguments, environment);
  for (char **at = environment; *at; at++) if (!strncmp(*at, "PATH=", 5)) path = *at + 5;
  int error = ENOENT;
  for (char *end; *path; path = *end ? end + 1 : end) {
    char candidate[4096];
    end = strchrnul(path, ':');
    int length = snprintf(candidate, sizeof candidate, "%.*s%s%s", (int)(end - path), path, end == path ? "" : "/", program);
    if (length < 0 || (size_t)length >= sizeof candidate) { error = ENAMETOOLONG; continue; }
    int tried = start_at(pid, candidate, arguments, environment);
    if (!tried) return 0;
    if (tried != ENOENT && tried != ENOTDIR) error = tried;
  }
  return error;
}

/* The kernel's own calls: those of the library would tell them to threads that the child does not have. */
#ifdef SYS_setresuid32
#define SET_GROUPS SYS_setgroups32
#define SET_GID SYS_setresgid32
#define SET_UID SYS_setresuid32
#else
#define SET_GROUPS SYS_setgroups
#define SET_GID SYS_setresgid
#define SET_UID SYS_setresuid
#endif

static int set_apart(void) {
  if (apart.has_processors) sched_setaffinity(0, sizeof apart.processors, &apart.processors);
  if (apart.has_memory && setrlimit(RLIMIT_AS, &apart.memory)) return errno;
  if (!apart.has_user) return 0;
  if (syscall(SET_GROUPS, 1, &apart.node_gid) || syscall(SET_GID, apart.gid, apart.gid, apart.gid)) return errno;
  return syscall(SET_UID, apart.uid, apart.uid, apart.uid) ? errno : 0;
}

/* The child borrows our memory until its program begins, so it can leave its error there. */
static int start_apart(pid_t *pid, char **arguments, char **environment) {
  static volatile int error;
  error = 0;
  pid_t child = vfork();
  if (child < 0) return errno;
  if (child == 0) {
    in_child = 1;
    setsid();
    sigprocmask(SIG_SETMASK, &none, 0);
    error = set_apart();
    if (!error) error = start(0, arguments, environment);
    _exit(127);
  }
  in_child = 0;
  if (error) waitpid(child, 0, 0);
  *pid = child;
  return error;
}

/* Letters, then ;u=uid:gid:group of the node, ;c=processors with commas, ;m=bytes. */
static void read_apart(const char *flags) {
  memset(&apart, 0, sizeof apart);
  for (const char *at = flags; (at = strchr(at, ';')); at++) {
    char *end = 0;
    apart.any = 1;
    if (at[1] == 'u') {
      apart.has_user = 1;
      apart.uid = (uid_t)strtoul(at + 3, &end, 10);
      apart.gid = (gid_t)strtoul(end + 1, &end, 10);
      apart.node_gid = (gid_t)strtoul(end + 1, &end, 10);
    } else if (at[1] == 'c') {
      apart.has_processors = 1;
      for (end = (char *)at + 2; *end == '=' || *end == ',';) CPU_SET(strtoul(end + 1, &end, 10), &apart.processors);
    } else if (at[1] == 'm') {
      apart.has_memory = 1;
      apart.memory.rlim_cur = apart.memory.rlim_max = strtoull(at + 3, &end, 10);
    }
  }
}

static int enter_wd(void) {
  if (!apart.has_user) return chdir("wd");
  int wd = open("wd", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (wd < 0) return -1;
  int entered = fchdir(wd);
  close(wd);
  return entered;
}`;
