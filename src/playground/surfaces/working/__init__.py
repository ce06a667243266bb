"""What commands do: find the scope, work through a plan, report it in words or JSON."""
