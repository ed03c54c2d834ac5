import type { GrantRecord } from "@berth/store";

export function isValid({ revokedAt, expiresAt }: GrantRecord, at: Date): boolean {
  return revokedAt === undefined && !isOver(expiresAt, at);
}

export function isOver(instant: string, at: Date): boolean {
  return Date.parse(instant) <= at.getTime();
}

export function earlier(a: string, b: string): string {
  return Date.parse(a) < Date.parse(b) ? a : b;
}
