import {
  Activity,
  Bot,
  Brain,
  ChartNoAxesGantt,
  CircleDollarSign,
  ClipboardCheck,
  FlaskConical,
  FolderTree,
  House,
  MessageSquare,
  ReceiptText,
  Rocket,
  ScrollText,
  Settings,
} from "lucide-react";

/** The places of the console, in the order of the menu. `key` follows `g`. */
export const PLACES = [
  { to: "/", label: "Home", icon: House, key: "h" },
  { to: "/agents", label: "Agents", icon: Bot, key: "a" },
  { to: "/deployments", label: "Deployments", icon: Rocket, key: "d" },
  { to: "/tasks", label: "Tasks", icon: Activity, key: "t" },
  { to: "/chat", label: "Chat", icon: MessageSquare, key: "c" },
  { to: "/traces", label: "Traces", icon: ChartNoAxesGantt, key: "r" },
  { to: "/logs", label: "Logs", icon: ScrollText, key: "l" },
  { to: "/approvals", label: "Approvals", icon: ClipboardCheck, key: "p" },
  { to: "/receipts", label: "Receipts and audit", icon: ReceiptText, key: "e" },
  { to: "/files", label: "Files", icon: FolderTree, key: "f" },
  { to: "/memory", label: "Memory", icon: Brain, key: "m" },
  { to: "/evals", label: "Evals", icon: FlaskConical, key: "v" },
  { to: "/usage", label: "Usage and billing", icon: CircleDollarSign, key: "u" },
  { to: "/settings", label: "Settings", icon: Settings, key: "s" },
] as const;
