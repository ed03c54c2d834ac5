const MOST = 20;

/** The queries that were asked here before, the last first. They stay in this browser. */
export function readHistory(name: string): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(name)) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function remember(name: string, query: string): void {
  if (query.trim() === "") return;
  const others = readHistory(name).filter((each) => each !== query);
  localStorage.setItem(keyOf(name), JSON.stringify([query, ...others].slice(0, MOST)));
}

function keyOf(name: string): string {
  return `berth.queries.${name}`;
}
