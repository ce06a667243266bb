type Status = "open" | "closed";

interface Ticket {
  id: number;
  status: Status;
}

export function reopen(ticket: Ticket, status: string): Ticket {
  return { ...ticket, status };
}
