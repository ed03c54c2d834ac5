import { existsSync } from "node:fs";

/** What the agents of tests run beside Node; the base image has none of it. */
export const TEST_PROGRAMS: readonly string[] = [
  "/bin/sh",
  "/usr/bin/hostname",
  "/usr/bin/mkfifo",
  "/usr/bin/perl",
  "/usr/bin/true",
  "/usr/bin/unshare",
  // Perl's own modules, where Debian has them.
  "/usr/lib/x86_64-linux-gnu/perl-base",
  "/usr/lib/aarch64-linux-gnu/perl-base",
].filter((path) => existsSync(path));
