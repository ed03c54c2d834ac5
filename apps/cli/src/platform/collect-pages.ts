export interface Page<T> {
  readonly items: readonly T[];
  /** "" or absent at the end. */
  readonly nextPageToken?: string | undefined;
}

const PAGE_SIZE = 100;
const MAX_ITEMS = 10_000;

/** The items of all pages, at most `limit`. */
export async function collectPages<T>(
  fetchPage: (page: { readonly pageSize: number; readonly pageToken?: string }) => Promise<Page<T>>,
  limit: number = MAX_ITEMS,
): Promise<readonly T[]> {
  const all: T[] = [];
  let pageToken: string | undefined;
  do {
    const pageSize = Math.min(PAGE_SIZE, limit - all.length);
    const page = await fetchPage({ pageSize, ...(pageToken === undefined ? {} : { pageToken }) });
    all.push(...page.items);
    pageToken = page.nextPageToken === "" || page.items.length === 0 ? undefined : page.nextPageToken;
  } while (pageToken !== undefined && all.length < limit);
  return all.slice(0, limit);
}
