interface Todo {
  id: number;
  done: boolean;
}

export function finish(todos: Todo[], id: number): Todo[] {
  const found: Todo | undefined = todos.find((todo) => todo.id === id);
  return todos.map((todo) => (todo.id === found.id ? { ...todo, done: true } : todo));
}
