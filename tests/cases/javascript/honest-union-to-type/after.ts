type Status = "open" | "closed";

interface Ticket {
  id: number;
  status: Status;
}

export function reopen(ticket: Ticket, status: Status): Ticket {
  return { ...ticket, status };
}
