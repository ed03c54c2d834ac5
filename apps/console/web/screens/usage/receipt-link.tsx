import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { receiptOf } from "./usage-queries.ts";
import type { Journal } from "./usage-queries.ts";

/** A journal does not name its receipt: it is asked for when somebody wants to see it. */
export function ReceiptLink({ journal }: { readonly journal: Journal }) {
  const navigate = useNavigate();
  const find = useMutation({
    mutationFn: async () => await receiptOf(journal),
    onSuccess: (id) => {
      if (id !== undefined) void navigate({ to: "/receipts/$id", params: { id } });
    },
  });
  const isMissing = find.isError || (find.isSuccess && find.data === undefined);
  return (
    <>
      <Button small disabled={find.isPending} onClick={() => find.mutate()}>
        <ShieldCheck size={13} aria-hidden />
        Receipt
      </Button>
      <span role="status" className="block text-xs text-muted">
        {isMissing ? "not found" : ""}
      </span>
    </>
  );
}
