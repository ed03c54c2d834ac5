import { useQuery } from "@tanstack/react-query";
import type { UseQueryResult } from "@tanstack/react-query";
import { api } from "../../api/client.ts";

/** The one list of an answer: `useList("keys", "/v1/keys", "keys")`. */
export function useList<Row>(queryKey: string, address: string, member: string): UseQueryResult<readonly Row[]> {
  return useQuery({
    queryKey: [queryKey, address, member],
    queryFn: async ({ signal }) => {
      const answer = await api<Readonly<Record<string, readonly Row[]>>>(address, { signal });
      return answer[member] ?? [];
    },
  });
}
