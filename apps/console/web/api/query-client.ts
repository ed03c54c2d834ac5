import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client.ts";

const LONGEST_RETRY_MS = 30_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      // What was refused stays refused; what could not be reached may come back.
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
      // Only these are asked for again.
      retryDelay: (count, error) => Math.min((error as ApiError).retryAfterMs ?? 1_000 * 2 ** count, LONGEST_RETRY_MS),
    },
  },
});
