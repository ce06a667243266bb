interface Todo {
  id: number;
  done: boolean;
}

export function finish(todos: Todo[], id: number): Todo[] {
  return todos.map((todo) => (todo.id === id ? { ...todo, done: true } : todo));
}
