/** What is asked of the documents of this repository, and which of them has to be cited. */
export const QUESTIONS: readonly { readonly question: string; readonly path: string }[] = [
  { question: "How long is a grant good for at most?", path: "docs/reference/grants.md" },
  { question: "How does a master key of secrets get replaced?", path: "docs/reference/secrets.md" },
  { question: "Which signature algorithm do webhooks from GitHub use?", path: "docs/reference/webhooks.md" },
  { question: "What does a role such as auditor allow a user to do?", path: "docs/reference/users-and-roles.md" },
  {
    question: "How many push notifications are tried again when a receiver is down?",
    path: "docs/reference/push-notifications.md",
  },
  { question: "Who can approve a scope request, and can the caller approve it?", path: "docs/reference/approvals.md" },
  { question: "Why is storage PostgreSQL and not SQLite?", path: "docs/adr/0001-storage-is-postgresql.md" },
  { question: "How do I verify a receipt offline?", path: "docs/reference/receipts.md" },
  {
    question: "How do I import a remote agent and what happens when its card drifts?",
    path: "docs/reference/remote-agents.md",
  },
  { question: "How are eval suites scored against a threshold?", path: "docs/reference/evals.md" },
  { question: "What does gRPC support, and on which port?", path: "docs/reference/grpc.md" },
  { question: "How is a refund of a run booked?", path: "docs/reference/billing.md" },
];
