/**
 * The program of the launcher, for perl 5.8 or newer without any module: what it loads has to be copied at every fork, so it loads nothing. It reads
 * frames on standard input (length in four bytes, lowest first; fields with NUL between: id, flags, directory, number of arguments, arguments, then
 * names and values of the environment; flags are letters, then `;u=uid:gid:group of the node`, `;c=` processors with commas, `;m=` bytes of memory) and
 * writes lines on standard output:
 *
 *     S id pid startTicks        started      X id status cpuTicks leftovers   ended: status as of wait
 *     O id                       occupied     F id stage errno                 failed: d directory, f files, p program, k fork
 *
 * When its input ends, so when the agent has gone however it went, it ends every group it has started.
 */

/** Where perl may have no 64-bit numbers, or bits are counted from the other end, 0. Numbers of the system calls `setsid`, `prctl`, `prlimit64` and `sched_setaffinity`, by Node's name of the processor. */
const SYSTEM_CALLS: Readonly<Record<string, readonly [setsid: number, prctl: number, prlimit: number, affinity: number]>> = {
  x64: [112, 157, 302, 203],
  arm64: [157, 167, 261, 122],
  riscv64: [157, 167, 261, 122],
  loong64: [157, 167, 261, 122],
  ia32: [66, 172, 0, 241],
  arm: [66, 172, 0, 241],
  s390x: [66, 172, 334, 0],
  ppc64: [66, 171, 325, 222],
};

/** Arguments of the program here: where a number is not known (0) a process gets a group but no session and no limits, and orphans go to init. */
export function launcherArguments(platform: string, architecture: string): string[] {
  const numbers = platform === "linux" ? SYSTEM_CALLS[architecture] : undefined;
  return (numbers ?? [0, 0, 0, 0]).map(String);
}

/** Started as `perl -e LAUNCHER_PROGRAM <launcherArguments>`. */
export const LAUNCHER_PROGRAM = String.raw`
use strict;
my ($setsid, $prctl, $prlimit, $affinity) = map { $_ + 0 } @ARGV;
# Orphans of tasks come to us (PR_SET_CHILD_SUBREAPER), who wait for them: not every machine has an init that does.
syscall($prctl, 36, 1, 0, 0, 0) if $prctl;
my ($wake_r, $wake_w, $fail_r, $fail_w);
pipe($wake_r, $wake_w) && pipe($fail_r, $fail_w) or exit 70;
# Our own ends move away: descriptors 0, 1 and 2 are what a task gets, and it gets no other.
open my $in, "<&", *STDIN or exit 70;
open my $answers, ">&", *STDOUT or exit 70;
open STDIN, "<", "/dev/null" or exit 70;
# Handlers, not IGNORE: what is ignored would be ignored in the tasks too.
$SIG{CHLD} = sub { syswrite $wake_w, "." };
$SIG{$_} = sub { } for qw(INT TERM HUP QUIT PIPE);
my (%id_of, %lingers, %failed, $out, $buffer, $cpu, $away);
($out, $buffer, $cpu, $away) = ("", "", 0, 0);
%ENV = ();

sub say_all {
  my $from = 0;
  while ($from < length $out) {
    my $n = syswrite $answers, $out, length($out) - $from, $from;
    if (defined $n) { $from += $n } elsif ($! != 4) { last }
  }
  $out = "";
}

sub make_parents {
  my $path = "";
  my @parts = split m{/}, $_[0];
  pop @parts;
  for my $part (@parts) { next if $part eq ""; $path .= "/$part"; mkdir $path, 0755 }
}

# Changed where it differs from the last one: most of it is the same from task to task.
sub take_environment {
  my %wanted = @_;
  for my $name (keys %ENV) { delete $ENV{$name} unless exists $wanted{$name} }
  for my $name (keys %wanted) {
    my $value = $wanted{$name};
    $ENV{$name} = $value unless exists $ENV{$name} && $ENV{$name} eq $value;
  }
}

# In the child: fewer processors where that can be had, less memory (RLIMIT_AS is 9), another user. Whether it is so now.
sub set_apart {
  my ($uid, $gid, $group, $processors, $memory) = @_;
  if ($affinity && defined $processors) {
    my $mask = "\0" x 128;
    vec($mask, $_, 1) = 1 for split /,/, $processors;
    syscall($affinity, 0, 128, $mask);
  }
  if ($prlimit && defined $memory) {
    my $limits = pack("QQ", $memory, $memory);
    syscall($prlimit, 0, 9, $limits, 0) == 0 or return 0;
  }
  return 1 unless defined $uid;
  $) = "$gid $group";
  $( = $gid;
  ($<, $>) = ($uid, $uid);
  return $< == $uid && $> == $uid && $( == $gid && $) == $gid;
}

# What stands where a file is to be written and is none, or not the user's alone, goes: it would lead elsewhere.
sub clear_way {
  my ($file, $appends) = @_;
  my @found = lstat $file;
  unlink $file if @found && !($appends && -f _ && $found[3] == 1);
}

# Directory, files and environment are made ready here and not in the child: each page that a child touches between fork
# and exec has to be found or copied for it, which costs more than the work itself.
sub launch {
  my ($id, $flags, $dir, $count, @rest) = split /\0/, $_[0], -1;
  my @command = splice @rest, 0, $count;
  my ($uid, $gid, $group) = $flags =~ /;u=(\d+):(\d+):(\d+)/;
  my ($processors) = $flags =~ /;c=([\d,]+)/;
  my ($memory) = $flags =~ /;m=(\d+)/;
  my $apart = $flags =~ s/;.*//s;
  my $stage = "d";
  $away = 1;
  if ($flags =~ /f/) {
    my $made = mkdir $dir, 0755;
    if (!$made && $! == 2) { make_parents($dir); $made = mkdir $dir, 0755 }
    if (!$made && $! == 17) { $out .= "O $id\n"; return }
    $made && chdir $dir && mkdir "wd", 0755 or return failed($id, $stage);
    chown $uid, $gid, "wd", "." or return failed($id, $stage) if defined $uid;
    chmod 0700, "." if $flags =~ /p/;
  }
  else { chdir $dir or return failed($id, $stage) }
  $stage = "f";
  my $how = $flags =~ /a/ ? ">>" : ">";
  if (defined $uid) { clear_way($_, $how eq ">>") for "stdout.txt", "stderr.txt" }
  open STDOUT, $how, "stdout.txt" or return failed($id, $stage);
  open STDERR, $how, "stderr.txt" or return failed($id, $stage);
  chown $uid, $gid, *STDOUT, *STDERR or return failed($id, $stage) if defined $uid;
  if (defined $uid && -l "wd") { $! = 20; return failed($id, "d") }
  chdir "wd" or return failed($id, "d");
  take_environment(@rest);
  my $pid = fork;
  defined $pid or return failed($id, "k");
  unless ($pid) {
    if ($setsid) { syscall($setsid) } else { setpgrp(0, 0) }
    exec { $command[0] } @command if !$apart || set_apart($uid, $gid, $group, $processors, $memory);
    syswrite $fail_w, "$$ p " . ($! + 0) . "\n";
    exit 127;
  }
  my $start = 0;
  if (open my $stat, "<", "/proc/$pid/stat") {
    sysread $stat, my $text, 4096;
    $start = (split / /, substr($text, rindex($text, ")") + 2), 21)[19] || 0;
  }
  $id_of{$pid} = $id;
  $lingers{$pid} = 1 if $flags =~ /l/;
  $out .= "S $id $pid $start\n";
}

sub failed { $out .= "F $_[0] $_[1] " . ($! + 0) . "\n" }

# Nothing to do: let go of the last task's directory and files.
sub come_home {
  chdir "/";
  open STDOUT, ">", "/dev/null";
  open STDERR, ">", "/dev/null";
  $away = 0;
}

sub reap {
  my $options = $_[0];
  while ((my $pid = waitpid -1, $options) > 0) {
    my $status = $?;
    my @times = times;
    my $total = int(100 * ($times[2] + $times[3]) + 0.5);
    my $used = $total - $cpu;
    $cpu = $total;
    my $id = delete $id_of{$pid};
    next unless defined $id;
    # At once: while members are left the number cannot be used again, and without any it is not within microseconds.
    my $left = delete $lingers{$pid} ? 0 : kill "KILL", -$pid;
    if ($status >> 8 == 127) { read_failures() }
    if (my $failure = delete $failed{$pid}) { $out .= "F $id $failure\n" }
    else { $out .= "X $id $status $used $left\n" }
  }
}

sub read_failures {
  my $ready = "";
  vec($ready, fileno $fail_r, 1) = 1;
  return unless select($ready, undef, undef, 0) > 0;
  sysread $fail_r, my $text, 65536;
  while ($text =~ /(\d+) (\w) (\d+)\n/g) { $failed{$1} = "$2 $3" }
}

my $ended = 0;
until ($ended) {
  my $ready = "";
  vec($ready, fileno $in, 1) = 1;
  vec($ready, fileno $wake_r, 1) = 1;
  # Perl runs a handler between two operations only: a child that ends after the last look and before select sleeps wakes nobody. So as
  # long as there are children it sleeps a twentieth of a second at most.
  my $count = select($ready, undef, undef, %id_of ? 0.05 : undef);
  next if $count < 0;
  if ($count == 0) { reap(1) }
  if (vec($ready, fileno $wake_r, 1)) { sysread $wake_r, my $drained, 4096; reap(1) }
  if (vec($ready, fileno $in, 1)) {
    my $n = sysread $in, $buffer, 262144, length $buffer;
    if (defined $n ? $n == 0 : $! != 4) { $ended = 1 }
    my $at = 0;
    while (length($buffer) - $at >= 4) {
      my $length = unpack "V", substr $buffer, $at, 4;
      last if length($buffer) - $at - 4 < $length;
      launch(substr $buffer, $at + 4, $length);
      $at += 4 + $length;
      # A long row of launches: what has happened so far is told, and what has ended is waited for.
      if (length $out > 512) { reap(1); say_all() }
    }
    substr($buffer, 0, $at) = "";
  }
  say_all() if length $out;
  come_home() if $away && !length $buffer;
}
kill "KILL", -$_ for keys %id_of;
# Every child, adopted ones too; what they leave comes to us in turn, and the list may miss one: so again and again. A kernel
# that does not list them leaves those to init.
while (open my $list, "<", "/proc/$$/task/$$/children") {
  sysread $list, my $pids, 65536;
  kill "KILL", split / /, $pids if defined $pids;
  my $ended;
  do { $ended = waitpid -1, 1 } while $ended > 0;
  last if $ended < 0 && $! != 4;
  select undef, undef, undef, 0.005;
}
`;
