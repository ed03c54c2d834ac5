import { SUPERUSER } from "./data-folder.ts";
import type { Placement } from "./placement.ts";

export const DATABASE = "berth";

/** Given on the command line, so that an old data folder gets new settings with a new program. */
export function serverArguments({ data, sockets }: Placement): string[] {
  const settings: Record<string, string> = {
    listen_addresses: "",
    unix_socket_directories: sockets,
    unix_socket_permissions: "0700",
    max_connections: "40",
    // Durability is the point; these are the defaults, said so that no configuration file changes them.
    fsync: "on",
    synchronous_commit: "on",
    full_page_writes: "on",
    // A laptop's memory and disk: the operating system caches the rest.
    shared_buffers: "32MB",
    max_wal_size: "256MB",
    min_wal_size: "64MB",
    // What a query looks for is in memory or on an SSD: for small tables, too, a key is found by its index.
    random_page_cost: "1.1",
    // No replicas, so the log needs to hold only what recovery needs.
    wal_level: "minimal",
    max_wal_senders: "0",
    max_logical_replication_workers: "0",
    io_method: "sync",
    jit: "off",
    max_parallel_workers_per_gather: "0",
    log_checkpoints: "off",
    log_timezone: "UTC",
    timezone: "UTC",
    // After a crash: one call instead of one for each of a thousand files, which takes seconds. It tells of errors since
    // Linux 5.8.
    ...(process.platform === "linux" ? { recovery_init_sync_method: "syncfs" } : {}),
    // On macOS fsync stops at the drive's cache.
    ...(process.platform === "darwin" ? { wal_sync_method: "fsync_writethrough" } : {}),
  };
  return ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

export function connectionOf(sockets: string): { host: string; user: string; database: string } {
  return { host: sockets, user: SUPERUSER, database: DATABASE };
}
